import { listNames, loadReport, matchState } from "@vidtok/nn";
import type { LoadReport, Parameter } from "@vidtok/nn";
import { contiguous, noGrad, ShapeError, show, sizeOf, tensor, Tensor } from "@vidtok/tensor";

/** A weight to load: a tensor, or its elements in row-major order. */
export type StateSource =
  Tensor | { readonly shape: readonly number[]; readonly data: Float32Array };

/** Copies weights into parameters of the same names; names and shapes are checked before anything changes. */
export function loadState(
  parameters: ReadonlyMap<string, Parameter>,
  state: ReadonlyMap<string, StateSource>,
  { strict = true }: { readonly strict?: boolean },
): LoadReport {
  const expected = new Map([...parameters].map(([name, { shape }]) => [name, shape]));
  const match = matchState(expected, state, { path: "loadStateDict" });
  const { used, missing, unexpected } = match;
  if (strict && missing.length + unexpected.length > 0) {
    throw new ShapeError(
      `loadStateDict: missing ${counted(missing)}, unknown ${counted(unexpected)}; ` +
        "pass { strict: false } to load the rest",
    );
  }
  const values = [...used].map(([name, source]) => [name, valueOf(name, source)] as const);
  for (const [name, value] of values) {
    const parameter = parameters.get(name);
    if (parameter) parameter.value = value;
  }
  return loadReport(match);
}

function valueOf(name: string, source: StateSource): Tensor {
  if (source instanceof Tensor) return noGrad(() => contiguous(source));
  if (source.data.length !== sizeOf(source.shape)) {
    throw new ShapeError(
      `loadStateDict: ${name} has ${source.data.length} elements, not the ${sizeOf(source.shape)} of ${show(source.shape)}`,
    );
  }
  return tensor(source.data, source.shape);
}

function counted(names: readonly string[]): string {
  if (names.length === 0) return "0";
  return `${names.length} (${listNames(names)})`;
}
