import { spawnSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { writeTorchZip, stateDict } from "@vidtok/nn";
import { startPython } from "../../../bench/peers/pythonPeer.ts";
import type { Video } from "../src/index.ts";
import type { I3d, Lpips } from "../src/nets.ts";

/** One run of a metric. */
export interface Run {
  readonly seconds: number;
  /** Seconds of all processors together. */
  readonly cpu: number;
  /** A number per frame, or the features of both clips for FVD. */
  readonly values: ArrayLike<number>;
}

/** Something that computes the metrics. */
export interface Rival {
  readonly name: string;
  run(metric: string): Promise<Run>;
  close(): void;
}

/** What is to be measured, with what weights. */
export interface Task {
  readonly clips: readonly [Video, Video];
  readonly nets: { readonly lpips: Lpips; readonly i3d: I3d };
  readonly threads: number;
}

/** Why `python` cannot be compared with; undefined where it has PyTorch. */
export function lacksTorch(python: string): string | undefined {
  const { error, status, stderr } = spawnSync(python, ["-c", "import torch"], { encoding: "utf8" });
  return status === 0 ? undefined : (error?.message ?? stderr.trim().split("\n").at(-1));
}

/** The same metrics in a process of PyTorch's; weights and clips go there through files in `folder`. */
export async function startTorch(python: string, folder: string, task: Task): Promise<Rival> {
  const { clips, nets, threads } = task;
  const at = (name: string): string => join(folder, name);
  await writeTorchZip(at("lpips"), stateDict(nets.lpips));
  await writeTorchZip(at("i3d"), stateDict(nets.i3d));
  const paths = [at("a"), at("b")];
  for (const [i, { data }] of clips.entries()) await writeFile(paths[i]!, Float32Array.from(data));
  // From build/bench, where this is bundled.
  const script = new URL("../../../../bench/peers/torchMetrics.py", import.meta.url);
  const { ask, close } = startPython(python, script);
  const { torch, capability } = await ask<{ torch: string; capability: string }>({
    ...{ lpips: at("lpips"), i3d: at("i3d"), threads },
    clips: { paths, shape: clips[0].shape },
  });
  return {
    name: `PyTorch ${torch} (${capability})`,
    run: (metric) => ask<Run>({ metric }),
    close,
  };
}
