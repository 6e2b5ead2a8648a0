import { parseArgs } from "node:util";
import "@vidtok/backend-native";
import { noGrad, scope, tensor, useBackend, type Tensor } from "@vidtok/tensor";
import { createModel } from "../src/index.ts";
import type { StreamState } from "../src/index.ts";

const shape = [1, 3, 17, 64, 64];
const modes = ["dispose", "drop", "loop", "stream"] as const;

const rss = (): number => process.memoryUsage.rss() / 1e6;
const clip = (): Tensor => tensor(new Float32Array(3 * 17 * 64 * 64), shape);

/**
 * Prints the resident memory of this process. `dispose`: after each of `count` models that are made, run and disposed of. `drop`: of models that nobody frees.
 * `loop`: while one model encodes and decodes `count` clips, of which nothing is freed.
 * `stream`: while one model streams a video of 32 x 32 and 33 frames, and one of `count` frames.
 */
export async function benchMemory(args: readonly string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      config: { type: "string", default: "../../configs/vidtok_kl_causal_488_4chn.yaml" },
      count: { type: "string", default: "20" },
      ch: { type: "string" },
      threads: { type: "string", default: "2" },
    },
  });
  const mode = modes.find((each) => each === (positionals[0] ?? "dispose"));
  if (!mode) throw new Error(`memory: "${positionals[0]}" is none of ${modes.join(", ")}`);
  await useBackend("native", { threads: Number(values.threads) });
  const overrides = values.ch === undefined ? {} : { ch: Number(values.ch) };
  const create = (): ReturnType<typeof createModel> => createModel(values.config, { overrides });
  const count = Number(values.count);
  const seen =
    mode === "loop"
      ? await loop(await create(), count)
      : mode === "stream"
        ? await stream(await create(), [33, count])
        : [];
  for (let i = 0; (mode === "dispose" || mode === "drop") && i < count; i++) {
    const model = await create();
    const recon = noGrad(() => scope(() => model.forward(clip(), { sample: false }).recon));
    await recon.read();
    recon.free();
    const running = rss();
    if (mode === "dispose") model.dispose();
    seen.push(rss());
    process.stdout.write(
      `${mode} ${i + 1}: ${running.toFixed(0)} MB running, ${seen[i]!.toFixed(0)} MB after\n`,
    );
  }
  const [first, most] = [seen[0]!, Math.max(...seen)];
  process.stdout.write(
    `most ${most.toFixed(0)} MB, ${(most / first).toFixed(2)} times the first\n`,
  );
}

/** The most resident memory of each hundred clips. */
async function loop(
  model: Awaited<ReturnType<typeof createModel>>,
  count: number,
): Promise<number[]> {
  const seen: number[] = [];
  for (let i = 0; i < count; i++) {
    const { z } = noGrad(() => model.encode(clip(), { sample: false }));
    await z.read();
    noGrad(() => model.decode(z));
    const hundred = Math.floor(i / 100);
    seen[hundred] = Math.max(seen[hundred] ?? 0, rss());
    if (i % 100 === 99) process.stdout.write(`loop ${i + 1}: ${seen[hundred]!.toFixed(0)} MB\n`);
  }
  return seen;
}

/** The most resident memory while videos of these lengths are streamed, 17 frames and then 16. */
async function stream(
  model: Awaited<ReturnType<typeof createModel>>,
  lengths: readonly number[],
): Promise<number[]> {
  const seen: number[] = [];
  for (const length of lengths) {
    let most = 0;
    let encoder: StreamState | undefined;
    let decoder: StreamState | undefined;
    for (let start = 0, frames = 17; start < length; start += frames, frames = 16) {
      const x = tensor(new Float32Array(3 * frames * 32 * 32), [1, 3, frames, 32, 32]);
      const encoded = model.encodeStream(x, { before: encoder, sample: false });
      const { recon, state } = model.decodeStream(encoded.z, { before: decoder });
      await recon.read();
      [encoder, decoder] = [encoded.state, state];
      for (const tensor of [x, encoded.z, encoded.moments, recon]) tensor.free();
      most = Math.max(most, rss());
    }
    encoder?.free();
    decoder?.free();
    seen.push(most);
    process.stdout.write(`stream of ${length} frames: ${most.toFixed(0)} MB\n`);
  }
  return seen;
}
