// Elementwise formulas as data: a backend compiles them, `derivative` differentiates them.

/** The operations of formulas with the number of their operands. */
export const arity = {
  add: 2,
  mul: 2,
  div: 2,
  max: 2,
  min: 2,
  /** 1 where the first operand is less than the second, else 0. */
  less: 2,
  /** The second operand where the first is not 0, else the third. */
  where: 3,
  abs: 1,
  exp: 1,
  log: 1,
  sqrt: 1,
  tanh: 1,
  sigmoid: 1,
  floor: 1,
  /** To the nearest whole number, halves to even. */
  round: 1,
  /** The operand itself, a constant to differentiation. */
  stop: 1,
} as const;

/** The name of a formula's operation. */
export type ScalarOp = keyof typeof arity;

/** A formula over the inputs x0, x1, …; equal formulas are the same object. */
export type Expr =
  | { readonly kind: "input"; readonly id: number; readonly index: number }
  | { readonly kind: "constant"; readonly id: number; readonly value: number }
  | {
      readonly kind: "op";
      readonly id: number;
      readonly op: ScalarOp;
      readonly args: readonly Expr[];
    };

/** A formula, or a number that stands for a constant. */
export type Operand = Expr | number;

// Formulas are few (they come from source code, not from data), so the table that makes equal ones identical is never emptied.
const known = new Map<string, Expr>();

function intern(key: string, make: (id: number) => Expr): Expr {
  let expr = known.get(key);
  if (!expr) known.set(key, (expr = make(known.size)));
  return expr;
}

/** The input number `index`. */
export function input(index: number): Expr {
  return intern(`x${index}`, (id) => ({ kind: "input", id, index }));
}

/** A constant formula; numbers are rounded to float32 by float32 backends. */
export function constant(value: number): Expr {
  const key = Object.is(value, -0) ? "-0" : String(value);
  return intern(key, (id) => ({ kind: "constant", id, value }));
}

const lift = (operand: Operand): Expr =>
  typeof operand === "number" ? constant(operand) : operand;

/** Whether a formula is the constant `value`. */
export function isConstant(expr: Expr, value: number): boolean {
  return expr.kind === "constant" && expr.value === value;
}

function op(name: ScalarOp, ...operands: readonly Operand[]): Expr {
  const args = operands.map(lift);
  const key = `${name}(${args.map((arg) => arg.id).join()})`;
  return intern(key, (id) => ({ kind: "op", id, op: name, args }));
}

// Only simplifications that hold for every float, infinities and NaN included, apart from the sign of a zero.
function add(a: Operand, b: Operand): Expr {
  const [x, y] = [lift(a), lift(b)];
  if (x.kind === "constant" && y.kind === "constant") return constant(x.value + y.value);
  if (isConstant(x, 0)) return y;
  if (isConstant(y, 0)) return x;
  return op("add", x, y);
}

function mul(a: Operand, b: Operand): Expr {
  const [x, y] = [lift(a), lift(b)];
  if (x.kind === "constant" && y.kind === "constant") return constant(x.value * y.value);
  if (isConstant(x, 1)) return y;
  if (isConstant(y, 1)) return x;
  return op("mul", x, y);
}

const neg = (x: Operand): Expr => mul(-1, x);

/** The builders of formulas: `E.mul(x, E.sigmoid(x))`. */
export const E = {
  add,
  mul,
  neg,
  sub: (a: Operand, b: Operand): Expr => add(a, neg(b)),
  div: (a: Operand, b: Operand): Expr => op("div", a, b),
  max: (a: Operand, b: Operand): Expr => op("max", a, b),
  min: (a: Operand, b: Operand): Expr => op("min", a, b),
  less: (a: Operand, b: Operand): Expr => op("less", a, b),
  where: (condition: Operand, a: Operand, b: Operand): Expr => op("where", condition, a, b),
  abs: (x: Operand): Expr => op("abs", x),
  exp: (x: Operand): Expr => op("exp", x),
  log: (x: Operand): Expr => op("log", x),
  sqrt: (x: Operand): Expr => op("sqrt", x),
  tanh: (x: Operand): Expr => op("tanh", x),
  sigmoid: (x: Operand): Expr => op("sigmoid", x),
  floor: (x: Operand): Expr => op("floor", x),
  round: (x: Operand): Expr => op("round", x),
  stop: (x: Operand): Expr => op("stop", x),
};

/** The formula with `replacements[i]` in place of input `i`. */
export function substitute(expr: Expr, replacements: readonly Expr[]): Expr {
  switch (expr.kind) {
    case "input":
      return replacements[expr.index]!;
    case "constant":
      return expr;
    case "op": {
      const args = expr.args.map((arg) => substitute(arg, replacements));
      if (expr.op === "add") return add(args[0]!, args[1]!);
      if (expr.op === "mul") return mul(args[0]!, args[1]!);
      return op(expr.op, ...args);
    }
  }
}

/** The indices of the inputs that occur in a formula, in rising order. */
export function inputsOf(expr: Expr): number[] {
  const found = new Set<number>();
  for (const node of nodesOf(expr)) if (node.kind === "input") found.add(node.index);
  return [...found].sort((a, b) => a - b);
}

/** Every distinct node of formulas, operands before the operations that use them. */
export function nodesOf(...exprs: readonly Expr[]): Expr[] {
  const seen = new Set<Expr>();
  const visit = (node: Expr): void => {
    if (seen.has(node)) return;
    if (node.kind === "op") node.args.forEach(visit);
    seen.add(node);
  };
  exprs.forEach(visit);
  return [...seen];
}

/** A formula as one line of text, for traces and tests: `(x0 * sigmoid(x0))`. */
export function printExpr(expr: Expr): string {
  if (expr.kind === "input") return `x${expr.index}`;
  if (expr.kind === "constant") return Object.is(expr.value, -0) ? "-0" : String(expr.value);
  const args = expr.args.map(printExpr);
  const infix = { add: "+", mul: "*", div: "/", less: "<" }[expr.op as string];
  return infix ? `(${args.join(` ${infix} `)})` : `${expr.op}(${args.join(", ")})`;
}
