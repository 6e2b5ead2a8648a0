import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import "@vidtok/backend-native";
import { noGrad, useBackend, type Precision } from "@vidtok/tensor";
import { noise } from "@vidtok/tensor/testing";
import { createModel } from "../src/index.ts";
import { startTorch, type Pass } from "./torchPeer.ts";

const write = (text: string): boolean => process.stdout.write(`${text}\n`);

/**
 * Prints the time and memory of encoding and decoding a clip with random weights and, with `--peers`, those of PyTorch with the same
 * weights and clip in a process of its own, in turn.
 */
export async function benchRoundTrip(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      config: { type: "string", default: "../../configs/vidtok_kl_causal_488_4chn.yaml" },
      size: { type: "string", default: "128" },
      frames: { type: "string", default: "17" },
      threads: { type: "string", default: "2" },
      precision: { type: "string", default: "f32" },
      rounds: { type: "string", default: "2" },
      peers: { type: "boolean", default: false },
      python: { type: "string", default: "python3" },
    },
  });
  const [size, frames, threads] = [values.size, values.frames, values.threads].map(Number);
  const shape = [1, 3, frames!, size!, size!];
  const precision = values.precision as Precision;
  const { mode } = await useBackend("native", { threads: threads! });
  const model = await createModel(values.config, { precision });
  const clip = noise("clip", shape);
  const ours = async (): Promise<Pass> => {
    const begin = performance.now();
    const { recon } = noGrad(() => model.forward(clip, { sample: false, losses: false }));
    const data = await recon.read();
    const seconds = (performance.now() - begin) / 1e3;
    recon.free();
    return { seconds, rss: 1024 * process.resourceUsage().maxRSS, recon: data };
  };
  write(`${shape.slice(2).join(" x ")}, ${precision}, ${threads} threads`);
  const rivals = [{ name: `native (${mode})`, run: ours }];
  const folder = await mkdtemp(join(tmpdir(), "round-trip-"));
  try {
    const task = { python: values.python, folder, threads: threads!, precision, model, clip };
    const peer = values.peers ? await startTorch(task) : undefined;
    if (peer) rivals.push(peer);
    const passes: Pass[][] = rivals.map(() => []);
    for (let round = 0; round < Number(values.rounds); round++) {
      for (const [i, { run }] of rivals.entries()) passes[i]!.push(await run());
    }
    peer?.close();
    report(rivals, passes);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function report(rivals: readonly { name: string }[], passes: readonly Pass[][]): void {
  const best = passes.map((list) => Math.min(...list.map(({ seconds }) => seconds)));
  for (const [i, { name }] of rivals.entries()) {
    const all = passes[i]!.map(({ seconds }) => seconds.toFixed(2)).join(", ");
    const rss = (passes[i]!.at(-1)!.rss / 1e9).toFixed(2);
    const ratio = i === 0 ? "" : `   ${(best[i]! / best[0]!).toFixed(2)} x our time`;
    write(`${name.padEnd(24)} best ${best[i]!.toFixed(2)} s (${all})   RSS ${rss} GB${ratio}`);
  }
  const [first, second] = passes.map((list) => list[0]!.recon);
  if (second) write(`greatest difference of a value: ${farthest(first!, second).toExponential(1)}`);
}

function farthest(a: Float32Array, b: Float32Array): number {
  if (a.length !== b.length) throw new Error(`PyTorch gave ${b.length} values, not ${a.length}`);
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);
}
