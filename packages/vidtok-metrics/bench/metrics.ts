// Frames per second of the four metrics, with hash weights, in turn with PyTorch where it is there:
// `pnpm bench:metrics [--frames 16] [--size 256] [--threads 2] [--rounds 3] [--metrics psnr,ssim] [--python python3]`
import { mkdtemp, rm } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import "@vidtok/backend-native";
import { useBackend } from "@vidtok/tensor";
import { hashValues } from "@vidtok/tensor/testing";
import { Fvd, lpips, psnr, ssim } from "../src/index.ts";
import type { Video } from "../src/index.ts";
import { I3d, Lpips } from "../src/nets.ts";
import { loadHashWeights } from "../test/hashWeights.ts";
import { lacksTorch, startTorch } from "./torchMetrics.ts";
import type { Rival, Run, Task } from "./torchMetrics.ts";

// A short metric is repeated more often, so that each gets a quiet moment.
const repeats = { psnr: 10, ssim: 10, "psnr + ssim": 10, lpips: 1, fvd: 1 };
type Metric = keyof typeof repeats;

const write = (text: string): boolean => process.stdout.write(`${text}\n`);

const { values: flags } = parseArgs({
  options: {
    frames: { type: "string", default: "16" },
    size: { type: "string", default: "256" },
    threads: { type: "string", default: `${availableParallelism()}` },
    rounds: { type: "string", default: "3" },
    metrics: { type: "string", default: Object.keys(repeats).join(",") },
    python: { type: "string", default: "python3" },
  },
});
const [frames, size, threads, rounds] = [
  ...[flags.frames, flags.size, flags.threads, flags.rounds].map(Number),
] as [number, number, number, number];
const metrics = flags.metrics.split(",") as Metric[];

/** Bytes as floats in [0, 1], and the same with noise. */
function noisyClips(): Task["clips"] {
  const shape = [frames, 3, size, size];
  const count = frames * 3 * size * size;
  const bytes = hashValues("a", count).map((v) => Math.floor((v + 1) * 128));
  const noise = hashValues("b", count);
  const clip = (of: (byte: number, i: number) => number): Video => ({
    data: bytes.map((byte, i) => Math.min(255, Math.max(0, Math.round(of(byte, i)))) / 255),
    shape,
  });
  return [clip((byte) => byte), clip((byte, i) => byte + 25 * noise[i]!)];
}

function ours({ clips: [a, b], nets }: Task, name: string): Rival {
  const layout = "tchw";
  const run: Record<Metric, () => ArrayLike<number> | Promise<ArrayLike<number>>> = {
    psnr: () => psnr(a, b, { layout }).frames,
    ssim: () => ssim(a, b, { layout }).frames,
    "psnr + ssim": () => [...psnr(a, b, { layout }).frames, ...ssim(a, b, { layout }).frames],
    lpips: async () => (await lpips(a, b, { layout, weights: nets.lpips })).frames,
    async fvd() {
      const total = new Fvd({ layout, weights: nets.i3d });
      await total.update(a, b);
      const { reals, fakes } = total.state;
      return [...reals.mean, ...fakes.mean];
    },
  };
  return {
    name,
    async run(metric) {
      const begin = { wall: performance.now(), cpu: process.cpuUsage() };
      const values = await run[metric as Metric]();
      const { user, system } = process.cpuUsage(begin.cpu);
      return {
        seconds: (performance.now() - begin.wall) / 1e3,
        cpu: (user + system) / 1e6,
        values,
      };
    },
    close: () => undefined,
  };
}

/** The quickest run of each rival, in turn. */
async function best(rivals: readonly Rival[], metric: Metric): Promise<readonly Run[]> {
  const found: Run[] = [];
  for (let i = 0; i < rounds * repeats[metric]; i++) {
    for (const [k, rival] of rivals.entries()) {
      const { seconds, cpu, values } = await rival.run(metric);
      const before = found[k] ?? { seconds: Infinity, cpu: Infinity };
      found[k] = {
        ...{ seconds: Math.min(seconds, before.seconds), cpu: Math.min(cpu, before.cpu) },
        values,
      };
    }
  }
  return found;
}

function difference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const size = Math.max(...Array.from(b, Math.abs));
  return Math.max(...Array.from(a, (value, i) => Math.abs(value - b[i]!))) / size;
}

const { name, mode } = await useBackend("auto", { threads });
const nets = { lpips: new Lpips(), i3d: new I3d() };
await loadHashWeights(nets.lpips);
await loadHashWeights(nets.i3d);
const task = { clips: noisyClips(), nets, threads };
const lack = lacksTorch(flags.python);
const folder = await mkdtemp(join(tmpdir(), "metrics-"));
try {
  const peer = lack === undefined ? await startTorch(flags.python, folder, task) : undefined;
  if (lack !== undefined) write(`PyTorch is not compared: ${flags.python}: ${lack}`);
  const rivals = [ours(task, `ours, nets on ${name} (${mode})`), ...(peer ? [peer] : [])];
  write(`${frames} frames of ${size} x ${size}, ${threads} threads; best of each`);
  write(rivals.map((rival) => rival.name).join(" | "));
  for (const metric of metrics) {
    const [we, they] = await best(rivals, metric);
    const shown = [we!, ...(they ? [they] : [])].map(
      ({ seconds, cpu }) =>
        `${(frames / seconds).toFixed(1).padStart(7)} frames/s ${(1e3 * cpu).toFixed(0).padStart(6)} ms CPU`,
    );
    const compared = they
      ? ` | ${(they.seconds / we!.seconds).toFixed(2)} x as fast, ${(they.cpu / we!.cpu).toFixed(2)} x by CPU; ` +
        `values differ by ${difference(we!.values, they.values).toExponential(0)}`
      : "";
    write(`${metric.padEnd(12)}${shown.join(" | ")}${compared}`);
  }
  peer?.close();
} finally {
  await rm(folder, { recursive: true, force: true });
}
