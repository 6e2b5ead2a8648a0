// Speed of the kernels at the model's shapes, as GFLOP/s or GB/s and as the share of what this machine reached in the same run: a loop of
// multiply-adds on registers, and memcpy. Best of several rounds. `--isa avx2`, `--threads 1`, `--only conv`.
import { parseArgs } from "node:util";
import { nativeBackend, type Isa } from "@vidtok/backend-native";
import {
  E,
  elementwise,
  tensor,
  useBackend,
  type ConvAxis,
  type ConvGeometry,
  type Expr,
  type Source,
  type Storage,
  type View,
} from "@vidtok/tensor";

const { values } = parseArgs({
  options: { isa: { type: "string" }, threads: { type: "string" }, only: { type: "string" } },
});
const backend = nativeBackend({
  ...(values.isa ? { isa: values.isa as Isa } : {}),
  ...(values.threads ? { threads: Number(values.threads) } : {}),
});
const { session } = backend;

/** Seconds of the best of the rounds that fit into about half a second. */
function best(run: () => Storage): number {
  let seconds = Infinity;
  const start = performance.now();
  for (let round = 0; round < 3 || (round < 30 && performance.now() - start < 500); round++) {
    const begin = performance.now();
    const result = run();
    seconds = Math.min(seconds, (performance.now() - begin) / 1e3);
    backend.free(result);
  }
  return seconds;
}

function dense(shape: readonly number[]): View {
  let stride = 1;
  const axes = shape.toReversed().map((size) => {
    const axis = { size, stride, lo: 0, hi: size };
    stride *= size;
    return axis;
  });
  return { axes: axes.toReversed(), offset: 0 };
}

function random(shape: readonly number[]): Source {
  const data = new Float32Array(shape.reduce((a, b) => a * b, 1));
  for (let i = 0, state = 1; i < data.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    data[i] = state / 2 ** 31;
  }
  return { storage: backend.upload(data), view: dense(shape) };
}

function peakFlops(): number {
  const rounds = 2e6;
  session.multiplyAdds(rounds);
  let rate = 0;
  for (let i = 0; i < 5; i++) {
    const begin = performance.now();
    const operations = session.multiplyAdds(rounds);
    rate = Math.max(rate, operations / (performance.now() - begin) / 1e6);
  }
  return rate;
}

const gflops = peakFlops();
const large = random([64, 1 << 20]);
const copies: number[] = [];
for (let i = 0; i < 6; i++) {
  const begin = performance.now();
  const handle = session.copy(0);
  copies.push(performance.now() - begin);
  session.free(handle);
}
const gigabytes = (2 * large.storage.bytes) / Math.min(...copies) / 1e6;
backend.free(large.storage);

function line(name: string, amount: string, share: number): void {
  process.stdout.write(
    `${name.padEnd(48)}${amount.padStart(14)}${`${(100 * share).toFixed(0)} %`.padStart(8)}\n`,
  );
}
const isWanted = (name: string): boolean => name.includes(values.only ?? "");

function flops(
  name: string,
  operations: number,
  inputs: readonly Source[],
  run: () => Storage,
): void {
  const rate = operations / best(run) / 1e9;
  for (const { storage } of inputs) backend.free(storage);
  line(name, `${rate.toFixed(0)} GFLOP/s`, rate / gflops);
}

function bytes(
  name: string,
  elements: number,
  inputs: readonly Source[],
  run: () => Storage,
): void {
  const rate = (4 * elements) / best(run) / 1e9;
  for (const { storage } of inputs) backend.free(storage);
  line(name, `${rate.toFixed(1)} GB/s`, rate / gigabytes);
}

const same = (size: number, taps: number, stride = 1): ConvAxis => ({
  in: size,
  taps,
  out: Math.ceil(size / stride),
  stride,
  dilation: 1,
  inputDilation: 1,
  padding: (taps - 1) >> 1,
});

/** `[name, frames, height and width, channels, outputs, taps, stride in space]` of layers of the model. */
const layers = [
  ["conv 3x3 128->128, 256x256", 1, 256, 128, 128, [1, 3, 3], 1],
  ["conv 3x3 256->256, 128x128", 1, 128, 256, 256, [1, 3, 3], 1],
  ["conv 3x3 512->512, 32x32", 1, 32, 512, 512, [1, 3, 3], 1],
  ["conv 3x3 stride 2 128->128, 256x256", 1, 256, 128, 128, [1, 3, 3], 2],
  ["conv 3x1x1 256->256, 5x128x128", 5, 128, 256, 256, [3, 1, 1], 1],
  ["conv 3x3x3 512->512, 5x32x32", 5, 32, 512, 512, [3, 3, 3], 1],
  ["conv 3x3x3 128->128, 4x64x64", 4, 64, 128, 128, [3, 3, 3], 1],
  ["conv 1x1 256->512, 128x128", 1, 128, 256, 512, [1, 1, 1], 1],
  ["conv 3x3 3->128, 256x256", 1, 256, 3, 128, [1, 3, 3], 1],
  ["conv 3x3 128->3, 256x256", 1, 256, 128, 3, [1, 3, 3], 1],
] as const;

process.stdout.write(
  `${backend.mode}: ${gflops.toFixed(0)} GFLOP/s in registers, memcpy ${gigabytes.toFixed(1)} GB/s\n`,
);
for (const [name, frames, size, channels, outputs, taps, stride] of layers) {
  if (!isWanted(name)) continue;
  const geometry: ConvGeometry = [
    same(frames, taps[0]),
    same(size, taps[1], stride),
    same(size, taps[2], stride),
  ];
  const pixels = geometry.reduce((product, axis) => product * axis.out, 1);
  const operations = 2 * pixels * outputs * channels * taps[0] * taps[1] * taps[2];
  const x = random([1, frames, size, size, channels]);
  const w = random([outputs, ...taps, channels]);
  const bias = random([outputs]);
  flops(name, operations, [x, w, bias], () => backend.conv(x, w, bias, geometry));
  const again = random([1, frames, size, size, channels]);
  const dy = random([1, ...geometry.map((axis) => axis.out), outputs]);
  flops(`${name}, weight gradient`, operations, [again, dy], () =>
    backend.convWeight!(again, dy, geometry),
  );
}

for (const [batch, m, k, n] of [
  [1, 1024, 1024, 1024],
  [8, 1024, 512, 1024],
  [5, 1024, 1024, 512],
  [64, 64, 64, 64],
] as const) {
  const name = `matmul ${batch}x${m}x${k}x${n}`;
  if (!isWanted(name)) continue;
  const [a, b] = [random([batch, m, k]), random([batch, k, n])];
  flops(name, 2 * batch * m * k * n, [a, b], () => backend.matmul(a, b));
}

const clip = [8, 128 * 128, 128];
const elements = 8 * 128 * 128 * 128;
await useBackend(backend);
const inputs: Expr[] = [];
elementwise((a, b) => (inputs.push(a!, b!), a!))(tensor([0], [1]), tensor([0], [1]));
const [x, y] = inputs as [Expr, Expr];
const unit = E.sigmoid(x);
const swapped = (view: View): View => ({
  ...view,
  axes: [view.axes[0]!, view.axes[2]!, view.axes[1]!],
});
const column = (view: View): View => ({
  ...view,
  axes: [
    { size: 8, stride: 0, lo: 0, hi: 8 },
    { size: 128 * 128, stride: 0, lo: 0, hi: 128 * 128 },
    view.axes[2]!,
  ],
});

/** `[name, tensors read and written, kernel over a clip of 8 x 128 x 128 pixels of 128 channels]`. */
const streams: readonly (readonly [string, number, (a: Source, b: Source) => Storage])[] = [
  ["map a + b", 3, (a, b) => backend.map(clip, [a, b], E.add(x, y))],
  ["map silu", 2, (a) => backend.map(clip, [a], E.mul(x, unit))],
  [
    "map silu's gradient",
    3,
    (a, b) => backend.map(clip, [a, b], E.mul(y, E.mul(unit, E.add(1, E.mul(x, E.sub(1, unit)))))),
  ],
  [
    "map per channel scale",
    2,
    (a) => backend.map(clip, [a, { ...a, view: column(a.view) }], E.mul(x, y)),
  ],
  [
    "map transpose",
    2,
    (a) => backend.map([8, 128, 128 * 128], [{ ...a, view: swapped(a.view) }], x),
  ],
  ["reduce over channels, mean square", 1, (a) => backend.reduce(clip, [a], E.mul(x, x), "sum", 1)],
  [
    "reduce over pixels, per channel",
    1,
    (a) => backend.reduce([8, 128, 128 * 128], [{ ...a, view: swapped(a.view) }], x, "sum", 1),
  ],
  ["reduce all, max", 1, (a) => backend.reduce(clip, [a], x, "max", 3)],
];
for (const [name, tensors, run] of streams) {
  if (!isWanted(name)) continue;
  const [a, b] = [random(clip), random(clip)];
  bytes(name, tensors * elements, [a, b], () => run(a, b));
}
