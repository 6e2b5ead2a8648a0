import { arity, nodesOf, type Expr, type ScalarOp } from "./expr.ts";

/** The numbers that stand for operations in bytecode; an interpreter on the other side of a language border uses the same table. */
export const opcodes = Object.fromEntries(
  Object.keys(arity).map((op, code) => [op, code]),
) as Readonly<Record<ScalarOp, number>>;

/**
 * Formulas as a list of instructions over numbered registers. Registers `0 … inputs−1` hold the inputs, the next ones the constants, and
 * instruction `i` writes register `inputs + constants.length + i`; of a single formula the last instruction's result is the formula's.
 */
export interface Bytecode {
  readonly constants: Float32Array;
  /** Four numbers an instruction: opcode and three operand registers (unused ones are 0). */
  readonly instructions: Int32Array;
  /** The registers that hold the formulas' results: an input or a constant where nothing is to be done. */
  readonly results: readonly number[];
}

const compiled = new Map<string, Bytecode>();

/** The bytecode of formulas of the same `inputs` inputs, which share what they have in common; compiled once. */
export function bytecode(exprs: readonly Expr[], inputs: number): Bytecode {
  const key = `${exprs.map(({ id }) => id).join()}/${inputs}`;
  let code = compiled.get(key);
  if (!code) compiled.set(key, (code = compile(exprs, inputs)));
  return code;
}

function compile(exprs: readonly Expr[], inputs: number): Bytecode {
  const nodes = nodesOf(...exprs);
  const register = new Map<Expr, number>();
  const constants: number[] = [];
  for (const node of nodes) {
    if (node.kind === "input") register.set(node, node.index);
    if (node.kind === "constant") register.set(node, inputs + constants.push(node.value) - 1);
  }
  const instructions: number[] = [];
  let next = inputs + constants.length;
  for (const node of nodes) {
    if (node.kind !== "op") continue;
    const operands = node.args.map((arg) => register.get(arg)!);
    while (operands.length < 3) operands.push(0);
    instructions.push(opcodes[node.op], ...operands);
    register.set(node, next++);
  }
  return {
    constants: Float32Array.from(constants),
    instructions: Int32Array.from(instructions),
    results: exprs.map((expr) => register.get(expr)!),
  };
}
