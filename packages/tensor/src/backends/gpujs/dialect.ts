import type { Expr, ScalarOp } from "../../expr.ts";

type Spelling = (a: string, b: string, c: string) => string;

/** How gpu.js' JavaScript spells each operation; operands are names or literals. */
const spellings: Readonly<Record<ScalarOp, Spelling>> = {
  add: (a, b) => `${a} + ${b}`,
  mul: (a, b) => `${a} * ${b}`,
  div: (a, b) => `${a} / ${b}`,
  // The sum is reached only with NaN. Shader compilers may take it that there is none, and do so where a number is compared with itself.
  max: (a, b) => `(${a} < ${b} ? ${b} : (${a} >= ${b} ? ${a} : ${a} + ${b}))`,
  min: (a, b) => `(${a} > ${b} ? ${b} : (${a} <= ${b} ? ${a} : ${a} + ${b}))`,
  less: (a, b) => `(${a} < ${b} ? 1 : 0)`,
  where: (condition, a, b) => `(${condition} !== 0 ? ${a} : ${b})`,
  abs: (a) => `Math.abs(${a})`,
  exp: (a) => `Math.exp(${a})`,
  log: (a) => `Math.log(${a})`,
  sqrt: (a) => `Math.sqrt(${a})`,
  tanh: (a) => `hyperbolicTangent(${a})`,
  sigmoid: (a) => `logistic(${a})`,
  floor: (a) => `lower(${a})`,
  round: (a) => `nearestEven(${a})`,
  stop: (a) => a,
};

/** The larger of two numbers, as kernels write it. */
export const larger = (a: string, b: string): string => spellings.max(a, b, "");

// Shaders have no literal for infinity.
const largest = 3.4028234663852886e38;

function literal(value: number): string {
  if (Number.isNaN(value)) throw new Error("gpujs: a formula holds the constant NaN");
  const text = String(Math.min(Math.max(value, -largest), largest));
  return value < 0 || Object.is(value, -0) ? `(-${text.replace("-", "")})` : text;
}

/**
 * The value of a formula as a name or literal. `leaves` are the texts of its inputs, or of whole parts that are known already; `define` prints
 * a temporary and returns its name, so that parts that are used twice are computed once.
 */
export function printFormula(
  expr: Expr,
  leaves: ReadonlyMap<Expr, string>,
  define: (text: string) => string,
): string {
  const texts = new Map(leaves);
  const print = (node: Expr): string => {
    const known = texts.get(node);
    if (known !== undefined) return known;
    if (node.kind === "input")
      throw new Error(`gpujs: input ${node.index} of a formula is missing`);
    const text =
      node.kind === "constant"
        ? literal(node.value)
        : define(spellings[node.op](...(node.args.map(print) as [string, string, string])));
    texts.set(node, text);
    return text;
  };
  return print(expr);
}
