import { Random, sizeOf, tensor, Tensor } from "@vidtok/tensor";
import { Parameter, type ParameterKind } from "./parameter.ts";

/** The trainable and frozen parameters of a model by field path (`down.0.block.1.conv1.weight`), in PyTorch's order. */
export function parameters(model: object): Map<string, Parameter> {
  return ofKind(model, "parameter");
}

/** The buffers of a model, such as running statistics, by field path, in PyTorch's order. */
export function buffers(model: object): Map<string, Parameter> {
  return ofKind(model, "buffer");
}

/** Parameters and buffers of a model by field path, in the order of a PyTorch state dict. */
export function holders(model: object): Map<string, Parameter> {
  const found = new Map<string, Parameter>();
  walk(model, "", new Set(), found);
  return found;
}

/**
 * Gives every parameter and buffer that has no value its first one. The numbers of a parameter depend on the seed and on its place in
 * the model, not on which others have values.
 */
export function initialize(model: object, seed: number): void {
  let counter = 0;
  for (const parameter of holders(model).values()) {
    if (!parameter.hasValue) {
      const random = new Random({ seed, counter });
      parameter.value = tensor(parameter.initialiser(random, parameter.shape), parameter.shape);
    }
    // A generator draws four numbers a count.
    counter += Math.ceil(sizeOf(parameter.shape) / 4);
  }
}

function ofKind(model: object, kind: ParameterKind): Map<string, Parameter> {
  return new Map([...holders(model)].filter(([, parameter]) => parameter.kind === kind));
}

// PyTorch lists a module's own parameters, then its own buffers, then its children; a shared object keeps its first name.
function walk(
  module: object,
  prefix: string,
  seen: Set<object>,
  found: Map<string, Parameter>,
): void {
  if (seen.has(module)) return;
  seen.add(module);
  const own: [string, Parameter][] = [];
  const children: [string, object][] = [];
  for (const [field, value] of Object.entries(module) as [string, unknown][]) {
    if (value instanceof Parameter) own.push([prefix + field, value]);
    else if (isModule(value)) children.push([prefix + field, value]);
  }
  const rank = { parameter: 0, buffer: 1 };
  own.sort(([, a], [, b]) => rank[a.kind] - rank[b.kind]);
  for (const [name, parameter] of own) {
    if (seen.has(parameter)) continue;
    seen.add(parameter);
    found.set(name, parameter);
  }
  for (const [name, child] of children) walk(child, `${name}.`, seen, found);
}

function isModule(value: unknown): value is object {
  return (
    typeof value === "object" &&
    value !== null &&
    !(value instanceof Tensor) &&
    !ArrayBuffer.isView(value)
  );
}
