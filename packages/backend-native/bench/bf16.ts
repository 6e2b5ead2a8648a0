// What bf16 costs and saves against f32, measured in turn: single products at the model's shapes, then a residual
// block with its gradients. Ratios of bf16 to f32, of the least and of the median time of a round; `--threads 1`
// counts the time of that thread only, which other work on the machine disturbs less. `--only 3x3`.
import { parseArgs } from "node:util";
import { nativeBackend } from "@vidtok/backend-native";
import {
  add,
  conv,
  grad,
  layerNorm,
  matmul,
  memory,
  noGrad,
  resetPeak,
  scope,
  silu,
  tensor,
  useBackend,
  withPrecision,
  type Precision,
  type Tensor,
} from "@vidtok/tensor";

const { values } = parseArgs({
  options: { threads: { type: "string" }, only: { type: "string" } },
});
const backend = nativeBackend(values.threads ? { threads: Number(values.threads) } : {});
await useBackend(backend);

/** Milliseconds of the thread's own work, or of the clock where there are several. */
function duration(run: () => void): number {
  const [cpu, clock] = [process.cpuUsage(), performance.now()];
  run();
  const { user, system } = process.cpuUsage(cpu);
  return values.threads === "1" ? (user + system) / 1e3 : performance.now() - clock;
}

function random(...shape: readonly number[]): Tensor {
  const data = new Float32Array(shape.reduce((a, b) => a * b, 1));
  for (let i = 0, state = 1; i < data.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    data[i] = state / 2 ** 31;
  }
  return tensor(data, shape);
}

/** Channels first in the shape, last in memory, as convolutions leave them. */
function activation(channels: number, ...size: readonly number[]): Tensor {
  const one = tensor(new Float32Array(channels * channels), [channels, channels, 1, 1, 1]);
  return add(conv(random(1, channels, ...size), one), 0.5);
}

/** Runs both formats in turn for about three seconds. */
function compare(name: string, run: () => readonly Tensor[]): void {
  if (!name.includes(values.only ?? "")) return;
  const formats = ["f32", "bf16"] as const;
  const times: Record<Precision, number[]> = { f32: [], bf16: [] };
  const peaks: Record<Precision, number> = { f32: 0, bf16: 0 };
  const once = (format: Precision): number => {
    resetPeak();
    const before = memory().live;
    const results: Tensor[] = [];
    const time = duration(() => results.push(...withPrecision(format, () => scope(run))));
    peaks[format] = memory().peak - before;
    for (const result of results) result.free();
    return time;
  };
  formats.forEach(once);
  const start = performance.now();
  for (let round = 0; round < 5 || (round < 100 && performance.now() - start < 3000); round++) {
    for (const format of formats) times[format].push(once(format));
  }
  const least = Math.min(...times.bf16) / Math.min(...times.f32);
  const median = (of: number[]): number => of.sort((a, b) => a - b)[of.length >> 1]!;
  const middle = median(times.bf16) / median(times.f32);
  const cells = [least, middle, peaks.bf16 / peaks.f32].map((v) => v.toFixed(3).padStart(10));
  process.stdout.write(`${name.padEnd(44)}${cells.join("")}\n`);
}

process.stdout.write(`${backend.mode}: bf16 as a multiple of f32\n`);
process.stdout.write(
  `${"".padEnd(44)}${"least".padStart(10)}${"median".padStart(10)}${"memory".padStart(10)}\n`,
);

for (const [name, size, channels, outputs, taps] of [
  ["conv 3x3 128->128, 64x64", [1, 64, 64], 128, 128, [1, 3, 3]],
  ["conv 3x3 512->512, 32x32", [1, 32, 32], 512, 512, [1, 3, 3]],
  ["conv 3x1x1 256->256, 5x48x48", [5, 48, 48], 256, 256, [3, 1, 1]],
  ["conv 3x3x3 128->128, 4x32x32", [4, 32, 32], 128, 128, [3, 3, 3]],
  ["conv 1x1 256->512, 48x48", [1, 48, 48], 256, 512, [1, 1, 1]],
  ["conv 3x3 3->128, 128x128", [1, 128, 128], 3, 128, [1, 3, 3]],
  ["conv 3x3 128->3, 128x128", [1, 128, 128], 128, 3, [1, 3, 3]],
] as const) {
  const x = activation(channels, ...size);
  const w = random(outputs, channels, ...taps);
  const padding = taps.map((n) => (n - 1) / 2);
  compare(name, () => [noGrad(() => conv(x, w, { padding }))]);
  compare(`${name}, gradients`, () => {
    const y = conv(x, w, { padding });
    return grad(y, [x, w], add(y, 0));
  });
}

const [a, b] = [random(4, 1024, 512), random(4, 512, 1024)];
compare("matmul 4x1024x512x1024", () => [noGrad(() => matmul(a, b))]);

const channels = 128;
const x = activation(channels, 4, 64, 64);
const weights = [0, 1].map(() => random(channels, channels, 1, 3, 3));
const [scale, shift] = [random(channels), random(channels)];

/** x + conv(silu(norm(conv(silu(norm(x)))))). */
function block(): Tensor {
  let y = x;
  for (const w of weights) {
    y = conv(silu(layerNorm(y, scale, shift)), w, { bias: shift, padding: [0, 1, 1] });
  }
  return add(x, y);
}
compare("residual block of 128, 4x64x64", () => [noGrad(block)]);
compare("residual block of 128, 4x64x64, gradients", () => {
  const y = block();
  return grad(y, [x, ...weights], add(y, 0));
});
