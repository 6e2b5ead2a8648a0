import type { Expr, ScalarOp } from "./expr.ts";

/** Every operation in JavaScript: the definition that the other backends are compared with. */
const operations: Readonly<Record<ScalarOp, (a: number, b: number, c: number) => number>> = {
  add: (a, b) => a + b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  max: (a, b) => Math.max(a, b),
  min: (a, b) => Math.min(a, b),
  less: (a, b) => (a < b ? 1 : 0),
  where: (condition, a, b) => (condition !== 0 ? a : b),
  abs: (a) => Math.abs(a),
  exp: (a) => Math.exp(a),
  log: (a) => Math.log(a),
  sqrt: (a) => Math.sqrt(a),
  tanh: (a) => Math.tanh(a),
  sigmoid: (a) => 1 / (1 + Math.exp(-a)),
  floor: (a) => Math.floor(a),
  round: (a) => {
    const down = Math.floor(a);
    const rest = a - down;
    if (rest !== 0.5) return rest < 0.5 ? down : down + 1;
    return down % 2 === 0 ? down : down + 1;
  },
  stop: (a) => a,
};

/** The value of a formula at one element, in float64. */
export function evaluate(expr: Expr, inputs: readonly number[]): number {
  if (expr.kind === "input") return inputs[expr.index]!;
  if (expr.kind === "constant") return expr.value;
  const [a, b, c] = expr.args;
  return operations[expr.op](
    evaluate(a!, inputs),
    b ? evaluate(b, inputs) : 0,
    c ? evaluate(c, inputs) : 0,
  );
}
