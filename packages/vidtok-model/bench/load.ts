import { spawnSync } from "node:child_process";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import "@vidtok/backend-native";
import { writeSafetensors, writeTorchZip } from "@vidtok/nn";
import { useBackend } from "@vidtok/tensor";
import { createModel } from "../src/index.ts";

const rounds = 3;

/** Prints how long it takes to read a checkpoint that the system still has in memory, in either format, and by how much the process has grown then. */
export async function benchLoad(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      config: { type: "string", default: "../../configs/vidtok_kl_causal_488_4chn.yaml" },
      read: { type: "string" },
    },
  });
  await useBackend("native");
  if (values.read !== undefined) return read(values.config, values.read);
  const folder = await mkdtemp(join(tmpdir(), "load-"));
  try {
    const state = (await createModel(values.config)).stateDict();
    await writeSafetensors(join(folder, "model.safetensors"), state);
    await writeTorchZip(join(folder, "model.ckpt"), state);
    for (const name of ["model.safetensors", "model.ckpt"]) {
      // A process of its own, as what is freed is kept for reuse.
      const again = [process.argv[1]!, ...args, "--read", join(folder, name)];
      const { status } = spawnSync(process.execPath, again, { stdio: "inherit" });
      if (status !== 0) process.exitCode = 1;
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function read(config: string, path: string): Promise<void> {
  const before = process.memoryUsage().rss;
  const seconds: number[] = [];
  let grown = 0;
  for (let round = 0; round < rounds; round++) {
    const begin = performance.now();
    const model = await createModel(config, { ckpt: path });
    seconds.push((performance.now() - begin) / 1e3);
    if (round === 0) grown = process.memoryUsage().rss - before;
    model.dispose();
  }
  const { size } = await stat(path);
  const all = seconds.map((each) => each.toFixed(2)).join(", ");
  process.stdout.write(
    `${path.replace(/.*\./, ".").padEnd(13)} of ${(size / 1e6).toFixed(0)} MB: best ${Math.min(...seconds).toFixed(2)} s (${all}), the process grows by ${(grown / 1e9).toFixed(2)} GB\n`,
  );
}
