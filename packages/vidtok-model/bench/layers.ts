import { parseArgs } from "node:util";
import "@vidtok/backend-native";
import { memory, noGrad, resetPeak, useBackend, type Precision } from "@vidtok/tensor";
import { noise, timed } from "@vidtok/tensor/testing";
import { kernelTable } from "../../../bench/kernelTable.ts";
import { createModel } from "../src/index.ts";

const write = (...text: readonly string[]): boolean => process.stdout.write(`${text.join("")}\n`);

/** Prints where the time of a second encode and decode goes, kernel by kernel, and what is spent between kernels; the first one packs weights. */
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
  noGrad(() => model.forward(clip, { sample: false, losses: false })).recon.free();
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
  write(kernelTable(times, wall, Number(values.rows)));
}
