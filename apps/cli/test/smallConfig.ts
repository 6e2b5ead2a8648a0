import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { configPath } from "@vidtok/model";

/** A shipped config made small enough for a test. */
export function smallConfig(folder: string, name: string): string {
  const path = join(folder, `${name}.yaml`);
  const text = readFileSync(configPath(name), "utf8")
    .replace("ch: 128", "ch: 8")
    .replace("ch_mult: [1, 2, 4, 4]", "ch_mult: [1, 1, 1, 1]")
    .replace("num_res_blocks: 2", "num_res_blocks: 1");
  writeFileSync(path, text);
  return path;
}
