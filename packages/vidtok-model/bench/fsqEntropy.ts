import "@vidtok/backend-native";
import { add, grad, memory, resetPeak, scope, useBackend } from "@vidtok/tensor";
import type { Tensor } from "@vidtok/tensor";
import { noise } from "@vidtok/tensor/testing";
import { FsqCodes } from "../src/regularizers/fsqCodes.ts";
import { fsqEntropies } from "../src/regularizers/fsqEntropy.ts";

const rounds = 7;
const codes = new FsqCodes([8, 8, 8, 8, 8, 8]);

/**
 * Prints the time of both entropies over 262,144 codes, forward and with the gradient, and the peak memory. 1280 positions are one clip of
 * 17 × 128 × 128 in a 488 model.
 */
export async function benchFsqEntropy([
  positions = "1280",
  threads = "2",
]: readonly string[]): Promise<void> {
  const { mode } = await useBackend("native", { threads: Number(threads) });
  const z = noise("z", [1, Number(positions), codes.levels.length], -0.1, 0.1);
  const loss = (): Tensor => {
    const { perSample, codebook } = fsqEntropies(z, codes);
    return add(perSample, codebook);
  };
  const write = (text: string): boolean => process.stdout.write(`${text}\n`);
  write(`${positions} positions, ${codes.size} codes, native (${mode}), best of ${rounds}`);
  write(await best("forward", loss));
  write(await best("forward and gradient", () => grad(loss(), [z])[0]!));
}

async function best(name: string, f: () => Tensor): Promise<string> {
  let wall = Infinity;
  let cpu = Infinity;
  resetPeak();
  const before = memory().live;
  for (let round = 0; round < rounds; round++) {
    const begin = performance.now();
    const used = process.cpuUsage();
    const y = scope(f);
    await y.read();
    const { user, system } = process.cpuUsage(used);
    wall = Math.min(wall, performance.now() - begin);
    cpu = Math.min(cpu, (user + system) / 1e3);
    y.free();
  }
  const peak = (memory().peak - before) / 2 ** 20;
  return `${name.padEnd(22)} ${wall.toFixed(0)} ms, CPU ${cpu.toFixed(0)} ms, peak ${peak.toFixed(0)} MiB`;
}
