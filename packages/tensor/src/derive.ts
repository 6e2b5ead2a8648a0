import { constant, E, isConstant, type Expr, type Operand, type ScalarOp } from "./expr.ts";

type Partials = (args: readonly Expr[], y: Expr) => readonly Operand[];

const zero = constant(0);
const one = constant(1);

// Ties share the gradient, as in PyTorch.
const wins = (winner: Expr, loser: Expr): Expr =>
  E.where(E.less(loser, winner), 1, E.where(E.less(winner, loser), 0, 0.5));

/** ∂y/∂args of every operation, in terms that stay finite where y is. */
const partials: { readonly [Op in Exclude<ScalarOp, "where">]: Partials } = {
  add: () => [1, 1],
  mul: ([a, b]) => [b!, a!],
  div: ([, b], y) => [E.div(1, b!), E.neg(E.div(y, b!))],
  max: ([a, b]) => [wins(a!, b!), wins(b!, a!)],
  min: ([a, b]) => [wins(b!, a!), wins(a!, b!)],
  less: () => [0, 0],
  abs: ([a]) => [E.sub(E.less(0, a!), E.less(a!, 0))],
  exp: (_, y) => [y],
  log: ([a]) => [E.div(1, a!)],
  sqrt: (_, y) => [E.div(0.5, y)],
  tanh: (_, y) => [E.sub(1, E.mul(y, y))],
  sigmoid: (_, y) => [E.mul(y, E.sub(1, y))],
  floor: () => [0],
  round: () => [0],
  stop: () => [0],
};

const derived = new Map<string, Expr>();

/** The derivative of a formula with respect to input number `index`; derived once. */
export function derivative(expr: Expr, index: number): Expr {
  const key = `${expr.id}/${index}`;
  let result = derived.get(key);
  if (!result) derived.set(key, (result = derive(expr, index)));
  return result;
}

function derive(expr: Expr, index: number): Expr {
  const done = new Map<Expr, Expr>();
  const of = (node: Expr): Expr => {
    let result = done.get(node);
    if (!result) done.set(node, (result = differentiate(node)));
    return result;
  };
  const differentiate = (node: Expr): Expr => {
    if (node.kind === "constant") return zero;
    if (node.kind === "input") return node.index === index ? one : zero;
    if (node.op === "where") {
      const [condition, a, b] = node.args;
      const [da, db] = [of(a!), of(b!)];
      return da === db ? da : E.where(condition!, da, db);
    }
    const factors = partials[node.op](node.args, node);
    let sum = zero;
    node.args.forEach((arg, k) => {
      const inner = of(arg);
      const factor = factors[k]!;
      // A term without the input is 0 even where its other factor is infinite.
      if (isConstant(inner, 0) || factor === 0) return;
      sum = E.add(sum, E.mul(factor, inner));
    });
    return sum;
  };
  return of(expr);
}
