import { arity, nodesOf, type Expr, type ScalarOp } from "./expr.ts";

/** The numbers that stand for operations in bytecode; an interpreter on the other side of a language border uses the same table. */
export const opcodes = Object.fromEntries(
  Object.keys(arity).map((op, code) => [op, code]),
) as Readonly<Record<ScalarOp, number>>;

/**
 * A formula as a list of instructions over numbered registers. Registers `0 … inputs−1` hold the inputs, the next ones the constants, and
 * instruction `i` writes register `inputs + constants.length + i`; the last instruction's result is the formula's.
 */
export interface Bytecode {
  readonly constants: Float32Array;
  /** Four numbers an instruction: opcode and three operand registers (unused ones are 0). */
  readonly instructions: Int32Array;
  /** The register that holds the result: an input or a constant where there are no instructions. */
  readonly result: number;
}

const compiled = new Map<string, Bytecode>();

/** The bytecode of a formula with `inputs` inputs; compiled once. */
export function bytecode(expr: Expr, inputs: number): Bytecode {
  const key = `${expr.id}/${inputs}`;
  let code = compiled.get(key);
  if (!code) compiled.set(key, (code = compile(expr, inputs)));
  return code;
}

function compile(expr: Expr, inputs: number): Bytecode {
  const nodes = nodesOf(expr);
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
    result: register.get(expr)!,
  };
}
