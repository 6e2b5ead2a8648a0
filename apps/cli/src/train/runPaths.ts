import { join } from "node:path";
import type { ResolvedConfig } from "@vidtok/model";
import { findRun, runFolder } from "@vidtok/train";
import type { CommandPaths, InputPath } from "../outputs/checkPaths.ts";
import type { TrainFlags } from "./flags.ts";
import type { Start } from "./startOf.ts";
import { valueAt } from "./valueAt.ts";

/**
 * What a training reads and writes. A resumed run reads its own config and checkpoint and replaces
 * them, so only what else it reads counts as an input.
 */
export function runPaths(
  { logdir, train }: TrainFlags,
  work: { readonly files: readonly string[]; readonly config: ResolvedConfig; readonly run: Start },
): CommandPaths {
  const { files, config, run } = work;
  const isNew = run.resume === undefined;
  const { dir, ...found } =
    run.resume === undefined ? runFolder(join(logdir, run.name ?? "")) : findRun(run.resume).folder;
  const read = (what: string, path: unknown): readonly InputPath[] =>
    typeof path === "string" ? [{ what, path }] : [];
  const dataset = (name: string): readonly InputPath[] => {
    const params = `data.params.${name}.params`;
    return [
      ...read("the folder of videos", valueAt(config, `${params}.data_dir`)),
      ...read("the list of videos", valueAt(config, `${params}.meta_path`)),
    ];
  };
  return {
    inputs: [
      ...files.flatMap((path) => read("the config", path)),
      ...read("the checkpoint", run.from),
      ...(isNew ? read("the checkpoint", valueAt(config, "model.params.ckpt_path")) : []),
      ...dataset("train"),
      ...dataset("validation"),
    ],
    outputs: [...(isNew || train ? [found.config] : []), found.metrics, found.validations],
    outputFolders: [found.checkpoints, join(dir, "images"), join(dir, "videos"), found.tensorboard],
  };
}
