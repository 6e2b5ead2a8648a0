import type { Bytecode } from "@vidtok/tensor";

const programs = new WeakMap<Bytecode, Float64Array>();

/**
 * Bytecode as the addon's interpreter reads it, with as few registers as are live at once, so that they stay in the L1 cache:
 * `[constants, …, registers, first result, instructions, (opcode, to, a, b, c) …, results, …]`. Made once per bytecode.
 */
export function program(code: Bytecode, inputs: number): Float64Array {
  let numbers = programs.get(code);
  if (!numbers) programs.set(code, (numbers = allocate(code, inputs)));
  return numbers;
}

function allocate({ constants, instructions, results }: Bytecode, inputs: number): Float64Array {
  const fixed = inputs + constants.length;
  const length = instructions.length / 4;
  const lastUse = new Map<number, number>();
  for (let i = 0; i < length; i++) {
    for (const register of instructions.subarray(4 * i + 1, 4 * i + 4)) lastUse.set(register, i);
  }
  // Several results are read at the end.
  if (results.length > 1) for (const register of results) lastUse.set(register, Infinity);
  const physical = Array.from({ length: fixed }, (_, register) => register);
  const free: number[] = [];
  let registers = fixed;
  const body: number[] = [];
  for (let i = 0; i < length; i++) {
    const [op, ...operands] = instructions.subarray(4 * i, 4 * i + 4);
    // An operand's register may be written by the instruction that reads it last.
    for (const register of new Set(operands)) {
      if (register >= fixed && lastUse.get(register) === i) free.push(physical[register]!);
    }
    const to = free.pop() ?? registers++;
    physical.push(to);
    body.push(op!, to, ...operands.map((register) => physical[register]!));
  }
  return Float64Array.from([
    constants.length,
    ...constants,
    registers,
    physical[results[0]!]!,
    length,
    ...body,
    results.length,
    ...results.map((register) => physical[register]!),
  ]);
}
