import { concat, mean, stack } from "@vidtok/tensor";
import type { Tensor } from "@vidtok/tensor";
import type { RegLog } from "./regularizer.ts";

interface Regularized {
  readonly z: Tensor;
  readonly regLog: RegLog;
}

/** The latents of all chunks one after the other, and the mean of their losses. */
export function joinChunks(chunks: readonly Regularized[]): Regularized {
  const all = (key: keyof RegLog): Tensor[] => chunks.flatMap(({ regLog }) => regLog[key] ?? []);
  const losses = (["kl_loss", "aux_loss"] as const)
    .map((key) => [key, all(key)] as const)
    .filter(([, values]) => values.length > 0)
    .map(([key, values]) => [key, mean(stack(values, 0))] as const);
  const indices = all("indices");
  return {
    z: concat(
      chunks.map(({ z }) => z),
      2,
    ),
    regLog: {
      ...Object.fromEntries(losses),
      ...(indices.length > 0 ? { indices: concat(indices, 1) } : {}),
    },
  };
}
