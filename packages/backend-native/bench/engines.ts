// Speed of each instruction set and of gpu.js on one thread, measured in turn, by the thread's own
// time, which other work on the machine disturbs less. `--rounds 5`
import { parseArgs } from "node:util";
import { isaAvailable, nativeBackend } from "@vidtok/backend-native";
import {
  conv,
  matmul,
  noGrad,
  tensor,
  useBackend,
  type Backend,
  type Tensor,
} from "@vidtok/tensor";

const { values } = parseArgs({ options: { rounds: { type: "string", default: "5" } } });
const rounds = Number(values.rounds);

const engines: [string, Backend][] = isaAvailable()
  .filter(({ runs }) => runs)
  .map(({ isa }) => [isa, nativeBackend({ isa, threads: 1 })]);
const gpujs = await useBackend("gpujs");
engines.push([`gpu.js, ${gpujs.mode}`, gpujs]);

function random(...shape: readonly number[]): Tensor {
  const data = new Float32Array(shape.reduce((a, b) => a * b, 1));
  for (let i = 0, state = 1; i < data.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    data[i] = state / 2 ** 31;
  }
  return tensor(data, shape);
}

interface Case {
  readonly name: string;
  readonly operations: number;
  readonly inputs: () => readonly [Tensor, Tensor];
  readonly run: (a: Tensor, b: Tensor) => Tensor;
}

const cases: readonly Case[] = [
  {
    name: "conv 3x3 128->128, 64x64",
    operations: 2 * 64 * 64 * 128 * 128 * 9,
    inputs: () => [random(1, 128, 64, 64), random(128, 128, 3, 3)],
    run: (x, w) => conv(x, w, { padding: 1 }),
  },
  {
    name: "conv 1x1 256->256, 64x64",
    operations: 2 * 64 * 64 * 256 * 256,
    inputs: () => [random(1, 256, 64, 64), random(256, 256, 1, 1)],
    run: (x, w) => conv(x, w),
  },
  {
    name: "matmul 512",
    operations: 2 * 512 ** 3,
    inputs: () => [random(512, 512), random(512, 512)],
    run: (a, b) => matmul(a, b),
  },
];

process.stdout.write(`GFLOP/s on Node ${process.versions.node}, one thread\n`);
for (const { name, operations, inputs, run } of cases) {
  const best = new Map<string, number>();
  const operands = new Map<string, readonly [Tensor, Tensor]>();
  // One round more: the first compiles and packs.
  for (let round = 0; round <= rounds; round++) {
    for (const [engine, backend] of engines) {
      await useBackend(backend);
      if (!operands.has(engine)) operands.set(engine, inputs());
      const [a, b] = operands.get(engine)!;
      const begin = process.cpuUsage();
      const result = noGrad(() => run(a, b));
      await result.read();
      const { user, system } = process.cpuUsage(begin);
      result.free();
      const rate = operations / (user + system) / 1e3;
      if (round > 0) best.set(engine, Math.max(best.get(engine) ?? 0, rate));
    }
  }
  const rates = [...best].map(([engine, rate]) => `${engine} ${rate.toPrecision(3)}`);
  process.stdout.write(`${name}: ${rates.join(", ")}\n`);
}
