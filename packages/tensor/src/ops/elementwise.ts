import { checkFinite } from "../checks.ts";
import { constant, E, input, type Expr } from "../expr.ts";
import { broadcastShape, sameShape, ShapeError, show } from "../shape.ts";
import { Tensor } from "../tensor.ts";
import { alignView, formula, launchAll } from "./formula.ts";

/** A tensor, or a number that stands for a tensor full of it. */
export type Value = Tensor | number;

type Body = (...x: readonly Expr[]) => Expr;
type Partials = (...x: readonly Expr[]) => readonly Expr[];

/**
 * One elementwise op from its formula, in the name that errors give it; `partials` where the
 * gradient is not the formula's derivative.
 */
export function defineMap(
  name: string,
  body: Body,
  partials?: Partials,
): (...values: readonly Value[]) => Tensor {
  return (...values) => {
    const inputs = values.filter((value) => typeof value !== "number");
    if (inputs.length === 0) throw new TypeError(`${name}: at least one operand must be a tensor`);
    let next = 0;
    const operands = values.map((value) =>
      typeof value === "number" ? constant(value) : input(next++),
    );
    const space = broadcastShape(
      name,
      inputs.map((x) => x.shape),
    );
    const slopes = partials?.(...operands).filter((_, i) => typeof values[i] !== "number");
    return formula({
      op: name,
      inputs,
      expr: body(...operands),
      space,
      shape: space,
      partials: slopes,
    });
  };
}

type Unary = (x: Tensor) => Tensor;
type Binary = (a: Value, b: Value) => Tensor;

const clampTo =
  (low: number, high: number): Body =>
  (x) =>
    E.min(E.max(x!, low), high);

/** a + b, broadcast. */
export const add: Binary = defineMap("add", (a, b) => E.add(a!, b!));
/** a − b, broadcast. */
export const sub: Binary = defineMap("sub", (a, b) => E.sub(a!, b!));
/** a · b, broadcast. */
export const mul: Binary = defineMap("mul", (a, b) => E.mul(a!, b!));
/** a / b, broadcast. */
export const div: Binary = defineMap("div", (a, b) => E.div(a!, b!));
/** The larger of a and b, broadcast; equal ones share the gradient. */
export const maximum: Binary = defineMap("maximum", (a, b) => E.max(a!, b!));
/** The smaller of a and b, broadcast; equal ones share the gradient. */
export const minimum: Binary = defineMap("minimum", (a, b) => E.min(a!, b!));
/** 1 where a < b, else 0. */
export const less: Binary = defineMap("less", (a, b) => E.less(a!, b!));
/** a where the condition is not 0, else b. */
export const where: (condition: Tensor, a: Value, b: Value) => Tensor = defineMap(
  "where",
  (c, a, b) => E.where(c!, a!, b!),
);

/** −x. */
export const neg: Unary = defineMap("neg", (x) => E.neg(x!));
/** |x|; the gradient at 0 is 0. */
export const abs: Unary = defineMap("abs", (x) => E.abs(x!));
/** eˣ. */
export const exp: Unary = defineMap("exp", (x) => E.exp(x!));
/** The natural logarithm. */
export const log: Unary = defineMap("log", (x) => E.log(x!));
/** √x. */
export const sqrt: Unary = defineMap("sqrt", (x) => E.sqrt(x!));
/** x². */
export const square: Unary = defineMap("square", (x) => E.mul(x!, x!));
/** The hyperbolic tangent. */
export const tanh: Unary = defineMap("tanh", (x) => E.tanh(x!));
/** 1 / (1 + e⁻ˣ). */
export const sigmoid: Unary = defineMap("sigmoid", (x) => E.sigmoid(x!));
/** x · sigmoid(x). */
export const silu: Unary = defineMap("silu", (x) => E.mul(x!, E.sigmoid(x!)));
/** max(x, 0); the gradient at 0 is 0. */
export const relu: Unary = defineMap(
  "relu",
  (x) => E.max(x!, 0),
  (x) => [E.less(0, x!)],
);
/** log(1 + eˣ), written so that a large x does not overflow. */
export const softplus: Unary = defineMap(
  "softplus",
  (x) => E.add(E.max(x!, 0), E.log(E.add(1, E.exp(E.neg(E.abs(x!)))))),
  (x) => [E.sigmoid(x!)],
);
/** The next whole number below; no gradient. */
export const floor: Unary = defineMap("floor", (x) => E.floor(x!));
/** The nearest whole number, halves to even; the gradient passes straight through. */
export const round: Unary = defineMap(
  "round",
  (x) => E.round(x!),
  () => [constant(1)],
);

/** x where it is positive, else slope · x. */
export function leakyRelu(x: Tensor, slope = 0.01): Tensor {
  checkFinite("leakyRelu", "the slope", slope);
  const op = defineMap(
    "leakyRelu",
    (v) => E.where(E.less(0, v!), v!, E.mul(slope, v!)),
    (v) => [E.where(E.less(0, v!), 1, slope)],
  );
  return op(x);
}

/** x limited to [low, high]; the gradient is 1 inside and on the borders, 0 outside. */
export function clamp(x: Tensor, low: number, high: number): Tensor {
  if (!(low <= high))
    throw new RangeError(`clamp: the lower bound ${low} is above the upper ${high}`);
  const isOutside = (v: Expr): Expr => E.add(E.less(v, low), E.less(high, v));
  const op = defineMap("clamp", clampTo(low, high), (v) => [E.where(isOutside(v!), 0, 1)]);
  return op(x);
}

/**
 * Several formulas of the same tensors in one pass, with results in the first one's shape and memory order: for updates of what a training keeps, as no
 * gradient flows through them.
 */
export function elementwiseAll(
  body: (...x: readonly Expr[]) => readonly Expr[],
): (...tensors: readonly Tensor[]) => readonly Tensor[] {
  return (...tensors) => {
    const shape = tensors[0]?.shape;
    if (!shape) throw new TypeError("elementwiseAll: no tensors were given; it takes at least one");
    const shapes = tensors.map((x) => x.shape);
    if (!sameShape(broadcastShape("elementwiseAll", shapes), shape)) {
      throw new ShapeError(
        `elementwiseAll: ${shapes.map(show).join(", ")} do not all broadcast to the first`,
      );
    }
    const exprs = body(...tensors.map((_, i) => input(i)));
    const views = tensors.map((x) => alignView(x.view, shape));
    return launchAll("elementwiseAll", tensors, views, exprs).map(
      ([block, view]) => new Tensor(block, view),
    );
  };
}

/** An elementwise op from a formula of one's own, e.g. `elementwise((x, y) => E.mul(x, E.exp(y)))(a, b)`. */
export function elementwise(body: Body): (...tensors: readonly Tensor[]) => Tensor {
  return defineMap("elementwise", body);
}
