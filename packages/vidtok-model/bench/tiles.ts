import { parseArgs } from "node:util";
import "@vidtok/backend-native";
import { memory, noGrad, resetPeak, scope, tensor, useBackend } from "@vidtok/tensor";
import type { Tensor } from "@vidtok/tensor";
import { createModel } from "../src/index.ts";
import type { Tokenizer } from "../src/index.ts";

/** Values that a pass computed, and what it took. */
interface Pass {
  readonly values: Float32Array | Float64Array;
  readonly seconds: number;
  /** Bytes of all tensors at the most. */
  readonly peak: number;
}

/**
 * Prints what encoding and decoding a clip takes with each one of `budgets` (MB), the least first,
 * and without one, and how far the numbers are from those of the first.
 */
export async function benchTiles(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      config: { type: "string", default: "../../configs/vidtok_kl_causal_488_4chn.yaml" },
      ch: { type: "string", default: "32" },
      frames: { type: "string", default: "5" },
      height: { type: "string", default: "720" },
      width: { type: "string", default: "1280" },
      budgets: { type: "string", default: "700,1000,1500" },
    },
  });
  await useBackend("native");
  const model = await createModel(values.config, { overrides: { ch: Number(values.ch) } });
  const shape = [1, 3, Number(values.frames), Number(values.height), Number(values.width)];
  const size = shape.reduce((product, length) => product * length, 1);
  const pixels = Float32Array.from({ length: size }, (_, i) => Math.sin(i * 0.0137));
  const x = tensor(pixels, shape);
  process.stdout.write(`least budget ${megabytes(model.leastMemory(shape))}\n`);
  let first: readonly Pass[] | undefined;
  const budgets = values.budgets.split(",").map(Number);
  // The backend keeps memory for reuse, so the largest comes last.
  for (const budget of [...budgets.sort((a, b) => a - b), undefined]) {
    model.memoryBudget = budget && budget * 1e6;
    const passes = await encodeAndDecode(model, x);
    first ??= passes;
    const difference = Math.max(
      ...passes.map((pass, i) => farthest(pass.values, first![i]!.values)),
    );
    const [encode, decode] = passes.map(
      ({ peak, seconds }) => `${megabytes(peak)} ${seconds.toFixed(1)} s`,
    );
    process.stdout.write(
      `budget ${budget ?? "none"}: encode ${encode}, decode ${decode}, ` +
        `at most ${difference} apart, ${megabytes(process.memoryUsage.rss())} resident\n`,
    );
  }
}

async function encodeAndDecode(model: Tokenizer, x: Tensor): Promise<readonly Pass[]> {
  const [encode, z] = await measured(() => model.encode(x, { sample: false }).z);
  const [decode, recon] = await measured(() => model.decode(z));
  z.free();
  recon.free();
  return [encode, decode];
}

async function measured(compute: () => Tensor): Promise<readonly [Pass, Tensor]> {
  resetPeak();
  const start = performance.now();
  const y = noGrad(() => scope(compute));
  const values = await y.read();
  return [{ values, seconds: (performance.now() - start) / 1e3, peak: memory().peak }, y];
}

function farthest(a: Pass["values"], b: Pass["values"]): number {
  let most = 0;
  for (let i = 0; i < a.length; i++) most = Math.max(most, Math.abs(a[i]! - b[i]!));
  return most;
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(0)} MB`;
}
