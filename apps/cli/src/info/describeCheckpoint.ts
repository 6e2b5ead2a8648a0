import { openCheckpoint, stateEntries } from "@vidtok/nn";
import type { CheckpointFormat, Scalar } from "@vidtok/nn";

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
  /** Scalars at the top, such as `global_step`. */
  readonly metadata: Readonly<Record<string, Scalar>>;
}

/** Opens a checkpoint, reads its table of contents and closes it. */
export async function describeCheckpoint(path: string): Promise<CheckpointInfo> {
  const checkpoint = await openCheckpoint(path);
  try {
    const parts: Record<string, { tensors: number; parameters: number }> = {};
    const dtypes = new Set<string>();
    let [tensors, parameters, bytes] = [0, 0, 0];
    for (const [name, { dtype, shape, bytes: size }] of stateEntries(checkpoint)) {
      const elements = shape.reduce((product, n) => product * n, 1);
      const part = (parts[name.split(".")[0]!] ??= { tensors: 0, parameters: 0 });
      part.tensors++;
      part.parameters += elements;
      dtypes.add(dtype);
      tensors++;
      parameters += elements;
      bytes += size;
    }
    const metadata = Object.fromEntries(
      [...checkpoint.metadata].filter(([name]) => !name.includes(".")),
    );
    const { format } = checkpoint;
    const found = { tensors, parameters, bytes, dtypes: [...dtypes], parts, metadata };
    return { kind: "checkpoint", path, format, ...found };
  } finally {
    await checkpoint.close();
  }
}
