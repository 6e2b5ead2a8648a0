import { openCheckpoint, stateEntries } from "@vidtok/nn";
import type { CheckpointFormat, Scalar } from "@vidtok/nn";
import { fittingConfigs } from "./fittingConfigs.ts";
import type { FittingConfigs } from "./fittingConfigs.ts";

/** What a checkpoint file holds, without its weights. */
export interface CheckpointInfo {
  readonly kind: "checkpoint";
  readonly path: string;
  readonly format: CheckpointFormat;
  readonly tensors: number;
  readonly parameters: number;
  readonly bytes: number;
  readonly dtypes: readonly string[];
  /** Tensors and elements by the first part of their names, such as `encoder`. */
  readonly parts: Readonly<
    Record<string, { readonly tensors: number; readonly parameters: number }>
  >;
  /** Shipped configs of which the file has all weights. */
  readonly fits: FittingConfigs;
  /** Scalars at the top, such as `global_step`. */
  readonly metadata: Readonly<Record<string, Scalar>>;
}

/** Opens a checkpoint, reads its table of contents and closes it. */
export async function describeCheckpoint(path: string): Promise<CheckpointInfo> {
  const checkpoint = await openCheckpoint(path);
  try {
    // A map, as a tensor may be named __proto__.
    const parts = new Map<string, { tensors: number; parameters: number }>();
    const dtypes = new Set<string>();
    let [tensors, parameters, bytes] = [0, 0, 0];
    const state = stateEntries(checkpoint);
    for (const [name, { dtype, shape, bytes: size }] of state) {
      const elements = shape.reduce((product, n) => product * n, 1);
      const key = name.split(".")[0]!;
      const part = parts.get(key) ?? { tensors: 0, parameters: 0 };
      parts.set(key, {
        tensors: part.tensors + 1,
        parameters: part.parameters + elements,
      });
      dtypes.add(dtype);
      tensors++;
      parameters += elements;
      bytes += size;
    }
    const metadata = Object.fromEntries(
      [...checkpoint.metadata].filter(([name]) => !name.includes(".")),
    );
    const { format } = checkpoint;
    const found = {
      tensors,
      parameters,
      bytes,
      dtypes: [...dtypes],
      parts: Object.fromEntries(parts),
      metadata,
    };
    return { kind: "checkpoint", path, format, fits: fittingConfigs(state), ...found };
  } finally {
    await checkpoint.close();
  }
}
