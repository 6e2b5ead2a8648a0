import { parseArgs } from "node:util";
import { memory, noGrad, resetPeak, useBackend, type Precision } from "@vidtok/tensor";
import { noise, timed, type KernelTime } from "@vidtok/tensor/testing";
import { createModel } from "../src/index.ts";

type Times = ReadonlyMap<string, KernelTime>;

const write = (...text: readonly string[]): boolean => process.stdout.write(`${text.join("")}\n`);

/** Prints where the time of one encode and decode goes, kernel by kernel, and what is spent between kernels. */
export async function benchLayers(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      config: { type: "string", default: "../../configs/vidtok_kl_causal_488_4chn.yaml" },
      size: { type: "string", default: "128" },
      frames: { type: "string", default: "17" },
      threads: { type: "string", default: "2" },
      precision: { type: "string", default: "f32" },
      rows: { type: "string", default: "40" },
    },
  });
  const [size, frames] = [Number(values.size), Number(values.frames)];
  const plain = await useBackend("native", { threads: Number(values.threads) });
  const { backend, times } = timed(plain);
  await useBackend(backend);
  const model = await createModel(values.config, { precision: values.precision as Precision });
  const clip = noise("clip", [1, 3, frames, size, size]);
  times.clear();
  resetPeak();
  const [begin, before] = [performance.now(), process.resourceUsage()];
  const { recon } = noGrad(() => model.forward(clip, { sample: false, losses: false }));
  const wall = (performance.now() - begin) / 1e3;
  const after = process.resourceUsage();
  const total = [...times.values()].reduce((sum, { seconds }) => sum + seconds, 0);
  recon.free();
  const used = (key: "userCPUTime" | "systemCPUTime"): string =>
    `${((after[key] - before[key]) / 1e6).toFixed(1)} s`;
  const mebi = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(0)} MiB`;
  write(
    `${frames} x ${size} x ${size}, ${values.precision}, native (${plain.mode}): ${wall.toFixed(2)} s, `,
    `CPU ${used("userCPUTime")} and ${used("systemCPUTime")} in the system, ${after.minorPageFault - before.minorPageFault} page faults, `,
    `${(wall - total).toFixed(2)} s between kernels, ${mebi(memory().peak)} in tensors, ${mebi(1024 * after.maxRSS)} resident`,
  );
  printTable(times, wall, Number(values.rows));
}

function printTable(times: Times, wall: number, rows: number): void {
  const line = ([name, { calls, seconds, amount }]: [string, KernelTime]): boolean =>
    write(
      `${seconds.toFixed(2)} s`.padStart(9),
      `${((100 * seconds) / wall).toFixed(1)} %`.padStart(8),
      `${calls}`.padStart(5),
      `${(amount / seconds / 1e9).toFixed(1)} ${/^(conv|matmul)/.test(name) ? "GFLOP/s" : "GB/s   "}`.padStart(
        15,
      ),
      `  ${name}`,
    );
  const kinds = new Map<string, KernelTime>();
  for (const [name, time] of times) {
    const kind = name.split(" ")[0]!;
    const { calls, seconds, amount } = kinds.get(kind) ?? { calls: 0, seconds: 0, amount: 0 };
    kinds.set(kind, {
      calls: calls + time.calls,
      seconds: seconds + time.seconds,
      amount: amount + time.amount,
    });
  }
  const slowest = (all: Times): [string, KernelTime][] =>
    [...all].sort(([, a], [, b]) => b.seconds - a.seconds);
  slowest(kinds).forEach(line);
  write();
  slowest(times).slice(0, rows).forEach(line);
}
