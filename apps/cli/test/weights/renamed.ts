import { join } from "node:path";
import { createModel } from "@vidtok/model";
import { writeSafetensors, writeTorchZip } from "@vidtok/nn";
import { smallConfig } from "../smallConfig.ts";

/** A tensor's name in the file; undefined leaves it out. */
export type Rename = (name: string) => string | undefined;

/** A small config and a checkpoint of its model with the tensors' names changed. */
export async function renamed(
  folder: string,
  file: string,
  rename: Rename,
): Promise<{ readonly config: string; readonly ckpt: string; readonly weights: number }> {
  const config = smallConfig(folder, "vidtok_fsq_causal_488_4096");
  const state = [...(await createModel(config, { seed: 5 })).stateDict()];
  const tensors = state.flatMap(([name, value]) => {
    const changed = rename(name);
    return changed === undefined ? [] : [[changed, value] as const];
  });
  const ckpt = join(folder, file);
  await (file.endsWith(".ckpt") ? writeTorchZip : writeSafetensors)(ckpt, tensors);
  return { config, ckpt, weights: state.length };
}
