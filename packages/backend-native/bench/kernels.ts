// Speed of the kernels at the model's shapes, and their share of what the machine reaches in the
// same run, measured in turn: multiply-adds on registers, and memcpy. With `--peers` convolutions are
// measured in turn with PyTorch's, and with `--onnxruntime DIR` with ONNX Runtime's, if that is installed there.
// `--precision bf16` (products only), `--isa avx2`, `--threads 1`, `--only conv`, `--python python3`.
import { availableParallelism } from "node:os";
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
  type Precision,
  type Source,
  type Storage,
  type View,
} from "@vidtok/tensor";
import { torchConvPeer } from "../../../bench/peers/convPeer.ts";
import type { ConvPeer, ConvSizes } from "../../../bench/peers/convPeer.ts";
import { onnxConvPeer } from "../../../bench/peers/onnxConvPeer.ts";

const { values } = parseArgs({
  options: {
    isa: { type: "string" },
    threads: { type: "string" },
    only: { type: "string" },
    precision: { type: "string", default: "f32" },
    peers: { type: "boolean", default: false },
    python: { type: "string", default: "python3" },
    onnxruntime: { type: "string" },
  },
});
const threads = Number(values.threads ?? availableParallelism());
const backend = nativeBackend({
  ...(values.isa ? { isa: values.isa as Isa } : {}),
  threads,
});
const peers: readonly ConvPeer[] = [
  // From build/bench, where this is bundled.
  ...(values.peers
    ? [
        await torchConvPeer(
          values.python,
          new URL("../../../../bench/peers/torchConv.py", import.meta.url),
        ),
      ]
    : []),
  ...(values.onnxruntime ? [onnxConvPeer(values.onnxruntime)] : []),
];
const { session } = backend;
const precision = values.precision as Precision;
const format = { operands: precision, result: precision } as const;

/** Rates of a kernel and of what limits it, in billions a second, and the median of the rounds' shares. */
interface Rates {
  readonly rate: number;
  readonly limit: number;
  readonly share: number;
  readonly peers: readonly number[];
}

function seconds(run: () => void): number {
  const begin = performance.now();
  run();
  return (performance.now() - begin) / 1e3;
}

/** Runs a kernel that does `amount`, its limit and peers that do the same in turn, for about a second. */
async function interleave(
  amount: number,
  run: () => Storage,
  limit: () => number,
  others: readonly ConvPeer[] = [],
): Promise<Rates> {
  const rates: number[] = [];
  const limits: number[] = [];
  const best = others.map(() => 0);
  const start = performance.now();
  backend.free(run());
  for (let round = 0; round < 4 || (round < 50 && performance.now() - start < 1000); round++) {
    limits.push(limit());
    let result: Storage;
    rates.push(amount / seconds(() => (result = run())) / 1e9);
    backend.free(result!);
    for (const [i, peer] of others.entries()) {
      best[i] = Math.max(best[i]!, amount / (await peer.seconds()) / 1e9);
    }
  }
  const shares = rates.map((rate, i) => rate / limits[i]!).sort((a, b) => a - b);
  const share = shares[shares.length >> 1]!;
  return { rate: Math.max(...rates), limit: Math.max(...limits), share, peers: best };
}

/** Billions of floating-point operations a second on registers. */
function registerRate(): number {
  let operations = 0;
  const time = seconds(() => (operations = session.multiplyAdds(precision, 2e5)));
  return operations / time / 1e9;
}

const copied = new Float32Array(1 << 24).fill(1);
const large = session.upload(copied);

/** Billions of bytes a second that memcpy reads and writes. */
function copyRate(): number {
  let copy = 0;
  const time = seconds(() => (copy = session.copy(large)));
  session.free(copy);
  return (2 * copied.byteLength) / time / 1e9;
}

function report(name: string, unit: string, inputs: readonly Source[], rates: Rates): void {
  for (const { storage } of inputs) backend.free(storage);
  const percent = (share: number): string => `${(100 * share).toFixed(0)} %`.padStart(10);
  const rate = `${rates.rate.toPrecision(3)} ${unit}`.padStart(14);
  const shares = percent(rates.rate / rates.limit) + percent(rates.share);
  const compared = rates.peers.map((peer) => `${(rates.rate / peer).toFixed(2)} x`.padStart(10));
  process.stdout.write(`${name.padEnd(56)}${rate}${shares}${compared.join("")}\n`);
}

const isWanted = (name: string): boolean => name.includes(values.only ?? "");

async function flops(
  name: string,
  amount: number,
  inputs: readonly Source[],
  run: () => Storage,
  others: readonly ConvPeer[] = [],
): Promise<void> {
  report(name, "GFLOP/s", inputs, await interleave(amount, run, registerRate, others));
}

async function bytes(
  name: string,
  elements: number,
  inputs: readonly Source[],
  run: () => Storage,
): Promise<void> {
  report(name, "GB/s", inputs, await interleave(4 * elements, run, copyRate));
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

const point: ConvAxis = {
  ...{ in: 1, taps: 1, out: 1, stride: 1, dilation: 1, inputDilation: 1, padding: 0 },
};
const one: Source = { storage: backend.upload(Float32Array.of(1)), view: dense([1, 1, 1, 1, 1]) };

/** Random numbers as activations are stored: products with one. */
function activation(shape: readonly number[]): Source {
  const { storage, view } = random(shape);
  const { size } = storage;
  const numbers: Source = { storage, view: dense([1, 1, 1, size, 1]) };
  const line: ConvAxis = { ...point, in: size, out: size };
  const stored = backend.conv(numbers, one, undefined, [point, point, line], format);
  backend.free(storage);
  return { storage: stored, view };
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
  ["conv 3x3x3 3->128, 4x128x128", 4, 128, 3, 128, [3, 3, 3], 1],
  ["conv 3x3x3 128->3, 4x128x128", 4, 128, 128, 3, [3, 3, 3], 1],
] as const;

process.stdout.write(
  `${backend.mode}, ${precision}: ${registerRate().toFixed(0)} GFLOP/s on registers, memcpy ${copyRate().toFixed(1)} GB/s\n`,
);
peers.forEach(({ name }, i) => process.stdout.write(`ratio ${i + 1}: ours to ${name}\n`));
const ratios = peers.map((_, i) => `ratio ${i + 1}`.padStart(10)).join("");
process.stdout.write(
  `${"".padEnd(56)}${"best".padStart(14)}${"share".padStart(10)}${"median".padStart(10)}${ratios}\n`,
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
  const x = activation([1, frames, size, size, channels]);
  const w = random([outputs, ...taps, channels]);
  const bias = random([outputs]);
  const sizes: ConvSizes = {
    input: [1, channels, frames, size, size],
    weight: [outputs, channels, ...taps],
    stride: [1, stride, stride],
    padding: [(taps[0] - 1) >> 1, (taps[1] - 1) >> 1, (taps[2] - 1) >> 1],
    threads,
    precision,
  };
  for (const peer of peers) await peer.prepare(sizes);
  const run = (): Storage => backend.conv(x, w, bias, geometry, format);
  await flops(name, operations, [x, w, bias], run, peers);
  const again = activation([1, frames, size, size, channels]);
  const dy = activation([1, ...geometry.map((axis) => axis.out), outputs]);
  await flops(`${name}, weight gradient`, operations, [again, dy], () =>
    backend.convWeight!(again, dy, geometry, precision),
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
  const [a, b] = [activation([batch, m, k]), activation([batch, k, n])];
  await flops(name, 2 * batch * m * k * n, [a, b], () => backend.matmul(a, b, format));
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
  if (precision === "bf16" || !isWanted(name)) continue;
  const [a, b] = [random(clip), random(clip)];
  await bytes(name, tensors * elements, [a, b], () => run(a, b));
}
peers.forEach((peer) => peer.close());
