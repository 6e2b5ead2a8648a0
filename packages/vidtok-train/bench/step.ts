// What a training step takes, all losses on: time by part, and the peak of memory, without and with gradient checkpointing. The weights are random, the clips
// those of a video of 640 x 360, which worker threads read ahead as in training; `data` is how long a step waits for them.
// `pnpm bench:train [--config vidtok_kl_causal_488_4chn] [--size 128] [--frames 17] [--precision 32] [--steps 1] [--only plain|checkpointing|torch]
// [--layers] [--peers [--python python3]]`; `--peers` measures PyTorch as well, from the same weights, and
// `--layers` prints what each kernel of a step takes instead
import { spawnSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { fileURLToPath } from "node:url";
import "@vidtok/backend-native";
import { clipLoader, VidTokDataset } from "@vidtok/data";
import type { LoadedBatch } from "@vidtok/data";
import { Lpips } from "@vidtok/metrics/nets";
import { loadConfig } from "@vidtok/model";
import { initialize } from "@vidtok/nn";
import {
  currentBackend,
  memory,
  Random,
  resetPeak,
  scope,
  sizeOf,
  tensor,
  useBackend,
} from "@vidtok/tensor";
import { timed } from "@vidtok/tensor/testing";
import { kernelTable } from "../../../bench/kernelTable.ts";
import { trainSettings } from "../src/config/trainSettings.ts";
import { batchGradients } from "../src/loop/batchGradients.ts";
import { createLearner, createWeights } from "../src/loop/learner.ts";
import type { Learner } from "../src/loop/learner.ts";
import { movingVideo } from "./movingVideo.ts";
import { measureTorch } from "./torchStep.ts";

const { values } = parseArgs({
  options: {
    config: { type: "string", default: "vidtok_kl_causal_488_4chn" },
    size: { type: "string", default: "128" },
    frames: { type: "string", default: "17" },
    precision: { type: "string", default: "32" },
    steps: { type: "string", default: "1" },
    only: { type: "string" },
    layers: { type: "boolean", default: false },
    peers: { type: "boolean", default: false },
    python: { type: "string", default: "python3" },
  },
});
const shape = [1, 3, Number(values.frames), Number(values.size), Number(values.size)] as const;
const jpg = new Random(1).uniform(sizeOf(shape), -1, 1);
const noise = { jpg, shape, paths: ["noise"] };

function settingsOf(isCheckpointing: boolean, folder: string) {
  const path = fileURLToPath(new URL(`../../../../configs/${values.config}.yaml`, import.meta.url));
  const video = "data.params.train.params.video_params";
  const config = loadConfig(path, [
    `model.params.encoder_config.params.use_checkpoint=${isCheckpointing}`,
    "model.params.loss_config.params.disc_start=0",
    // Without noise, so that another program's losses can be compared.
    "model.params.regularizer_config.params.sample=false",
    `${video}.input_height=${values.size}`,
    `${video}.input_width=${values.size}`,
    "data.params.validation=null",
    `data.params.train.params.data_dir=${folder}`,
    "data.params.train.params.meta_path=null",
    `lightning.trainer.precision=${values.precision}`,
  ]);
  return { config, settings: trainSettings(config) };
}

type Made = ReturnType<typeof settingsOf>;

async function makeLearner({ config, settings }: Made): Promise<Learner> {
  const perceptual = new Lpips();
  initialize(perceptual, 0);
  return createLearner(await createWeights(config, settings, { seed: 0, perceptual }), settings);
}

/** The seconds of the forward pass alone, one that remembers how to go back. */
async function forward(learner: Learner, { jpg, shape }: LoadedBatch): Promise<number> {
  const begin = performance.now();
  const edge = scope(() => {
    const x = tensor(jpg, shape);
    return learner.model.forward(x, { globalStep: 0, training: true }).recon;
  });
  await edge.read();
  edge.free();
  return (performance.now() - begin) / 1e3;
}

/** The seconds of a step's two halves: both optimizers' gradients, and what is made of them. */
async function halves(
  learner: Learner,
  batch: LoadedBatch,
): Promise<readonly [gradients: number, update: number]> {
  const begin = performance.now();
  const { scalars, generator, discriminator, statistics } = batchGradients(learner, batch, 0);
  await scalars.values.read();
  const middle = performance.now();
  learner.generator.optimizer.step(generator);
  learner.discriminator?.optimizer.step(discriminator);
  await learner.loss.logvar.value.read();
  const end = performance.now();
  const moments = statistics.flat().flatMap(({ mean, variance }) => [mean, variance]);
  for (const made of [scalars.values, ...generator, ...discriminator, ...moments]) made.free();
  return [(middle - begin) / 1e3, (end - middle) / 1e3];
}

async function measure(name: string, made: Made): Promise<void> {
  const learner = await makeLearner(made);
  const { batchSize, workers } = made.settings;
  const order = { batchSize, shuffle: true, seed: 0, epoch: 0, epochs: Infinity, prefetch: 2 };
  const batches = clipLoader(new VidTokDataset(made.settings.train), { ...order, workers });
  const best = { data: Infinity, forward: Infinity, gradients: Infinity, update: Infinity };
  let begin = performance.now();
  let step = 0;
  for await (const batch of batches) {
    const data = (performance.now() - begin) / 1e3;
    // The first step compiles formulas and makes the optimizers' moments.
    if (step === 0) await halves(learner, batch);
    else {
      const ahead = await forward(learner, batch);
      const [gradients, update] = await halves(learner, batch);
      best.data = Math.min(best.data, data);
      best.forward = Math.min(best.forward, ahead);
      best.gradients = Math.min(best.gradients, gradients);
      best.update = Math.min(best.update, update);
    }
    if (step++ === Number(values.steps)) break;
    if (step === 1) resetPeak();
    begin = performance.now();
  }
  const parts = [
    ["data", best.data],
    ["forward", best.forward],
    ["losses and backward", best.gradients - best.forward],
    ["optimizers", best.update],
    ["step", best.data + best.gradients + best.update],
  ] as const;
  const shown = parts.map(([part, time]) => `${part} ${time.toFixed(2)} s`).join("   ");
  const peak = (memory().peak / 1e9).toFixed(2);
  const rss = (process.resourceUsage().maxRSS / 1e6).toFixed(2);
  process.stdout.write(`${name.padEnd(14)} ${shown}   tensors ${peak} GB   RSS ${rss} GB\n`);
}

/** Prints what the kernels of the third step take; with the second, parameters lie in memory as gradients do. */
async function printLayers(made: Made): Promise<void> {
  const { backend, times } = timed(currentBackend());
  await useBackend(backend);
  const learner = await makeLearner(made);
  const batch = { ...noise, epoch: 0, batch: 0 };
  await halves(learner, batch);
  await halves(learner, batch);
  times.clear();
  const wall = (await halves(learner, batch)).reduce((sum, seconds) => sum + seconds, 0);
  process.stdout.write(`${wall.toFixed(2)} s\n${kernelTable(times, wall, 40)}`);
}

if (values.only === undefined) {
  // A process of its own for each, as the operating system tells only the peak of a whole process.
  const modes = ["plain", ...(values.layers ? [] : ["checkpointing"])];
  for (const mode of [...modes, ...(values.peers ? ["torch"] : [])]) {
    const again = [process.argv[1]!, ...process.argv.slice(2), "--only", mode];
    const { status } = spawnSync(process.execPath, again, { stdio: "inherit" });
    if (status !== 0) process.exitCode = 1;
  }
} else {
  const backend = await useBackend("auto");
  const clip = `${shape[2]} x ${shape[3]} x ${shape[4]}`;
  process.stdout.write(
    `${values.config}, clip ${clip}, batch 1, precision ${values.precision}, all losses, ${backend.name} (${backend.mode})\n`,
  );
  const folder = await mkdtemp(join(tmpdir(), "bench-step-"));
  try {
    await movingVideo(folder);
    if (values.only === "torch") {
      const { python, steps, precision } = values;
      // The learner only lends its weights and first losses.
      const options = { python, steps: Number(steps), bf16: precision !== "32" };
      await measureTorch(await makeLearner(settingsOf(true, folder)), noise, options);
    } else if (values.layers) {
      await printLayers(settingsOf(false, folder));
    } else await measure(values.only, settingsOf(values.only === "checkpointing", folder));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
