import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import type { ClipBatch } from "@vidtok/data";
import { stateDict, writeTorchZip } from "@vidtok/nn";
import { startPython } from "../../../bench/peers/pythonPeer.ts";
import { batchGradients } from "../src/loop/batchGradients.ts";
import { weightsOf } from "../src/loop/learner.ts";
import type { Learner } from "../src/loop/learner.ts";
import { readScalars } from "../src/loop/scalars.ts";

interface TorchStep {
  readonly seconds: number;
  /** Greatest resident bytes so far. */
  readonly rss: number;
  readonly nll_loss: number;
  readonly disc_loss: number;
}

type Batch = Pick<ClipBatch, "jpg" | "shape">;

/**
 * Prints the time of a step in PyTorch from the learner's weights. The first losses of both tell whether they compute the same.
 */
export async function measureTorch(
  learner: Learner,
  batch: Batch,
  {
    python,
    steps,
    bf16,
  }: { readonly python: string; readonly steps: number; readonly bf16: boolean },
): Promise<void> {
  const ours = await firstLosses(learner, batch);
  const folder = await mkdtemp(join(tmpdir(), "step-"));
  // From build/bench, where this is bundled.
  const script = new URL("../../../../bench/peers/torchStep.py", import.meta.url);
  const peer = startPython(python, script);
  try {
    const [checkpoint, path] = [join(folder, "model.ckpt"), join(folder, "clip")];
    await writeTorchZip(checkpoint, stateDict(weightsOf(learner)));
    await writeFile(path, batch.jpg);
    const { encoder, decoder } = learner.model.config;
    const clip = { path, shape: batch.shape };
    const { torch, capability } = await peer.ask<{ torch: string; capability: string }>({
      ...{ checkpoint, clip, encoder, decoder, bf16 },
      threads: availableParallelism(),
    });
    const first = await peer.ask<TorchStep>(null);
    const pairs = (["nll_loss", "disc_loss"] as const).map(
      (name) => `${name} ${first[name].toPrecision(6)} (ours ${ours[name].toPrecision(6)})`,
    );
    process.stdout.write(`first step: ${pairs.join(", ")}\n`);
    let [seconds, { rss }] = [Infinity, first];
    for (let i = 0; i < steps; i++) {
      const step = await peer.ask<TorchStep>(null);
      seconds = Math.min(seconds, step.seconds);
      rss = step.rss;
    }
    const name = `PyTorch ${torch} (${capability})`;
    const gigabytes = (rss / 1e9).toFixed(2);
    process.stdout.write(`${name}   step ${seconds.toFixed(2)} s   RSS ${gigabytes} GB\n`);
  } finally {
    peer.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function firstLosses(
  learner: Learner,
  batch: Batch,
): Promise<Record<"nll_loss" | "disc_loss", number>> {
  const { scalars, generator, discriminator, statistics } = batchGradients(learner, batch, 0);
  const losses = Object.fromEntries(await readScalars(scalars));
  const moments = statistics.flat().flatMap(({ mean, variance }) => [mean, variance]);
  for (const made of [...generator, ...discriminator, ...moments]) made.free();
  return { nll_loss: losses["nll_loss"]!, disc_loss: losses["disc_loss"]! };
}
