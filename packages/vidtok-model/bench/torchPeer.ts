import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { writeTorchZip } from "@vidtok/nn";
import type { Precision, Tensor } from "@vidtok/tensor";
import { startPython } from "../../../bench/peers/pythonPeer.ts";
import type { Tokenizer } from "../src/index.ts";

/** One encode and decode. */
export interface Pass {
  readonly seconds: number;
  /** Greatest resident bytes of the process so far. */
  readonly rss: number;
  readonly recon: Float32Array;
}

/** What PyTorch is given to do. */
export interface TorchTask {
  readonly python: string;
  /** Where weights, clip and reconstruction are exchanged. */
  readonly folder: string;
  readonly threads: number;
  readonly precision: Precision;
  readonly model: Tokenizer;
  readonly clip: Tensor;
}

/** The same tokenizer in a process of PyTorch's. */
export interface TorchPeer {
  readonly name: string;
  run(): Promise<Pass>;
  close(): void;
}

const bytesOf = (values: Float32Array): Uint8Array =>
  new Uint8Array(values.buffer, values.byteOffset, values.byteLength);

/** Starts `python` with the model's weights and the clip; an error if that has no PyTorch or the config is none it knows. */
export async function startTorch(task: TorchTask): Promise<TorchPeer> {
  const { python, folder, threads, precision, model, clip } = task;
  const { encoder, decoder, regularizer } = model.config;
  if (encoder.family !== "causal" || regularizer.kind !== "kl") {
    throw new Error("--peers compares causal v1.0 models with a KL regularizer");
  }
  const [checkpoint, input, output] = ["model.ckpt", "clip", "recon"].map((n) => join(folder, n));
  await writeTorchZip(checkpoint!, model.stateDict());
  await writeFile(input!, bytesOf(await clip.read()));
  const script = new URL("../../../bench/peers/torchTokenizer.py", import.meta.url);
  const { ask, close } = startPython(python, script);
  const { torch, capability } = await ask<{ torch: string; capability: string }>({
    checkpoint,
    clip: { path: input, shape: [...clip.shape] },
    encoder,
    decoder,
    bf16: precision === "bf16",
    threads,
  });
  return {
    name: `PyTorch ${torch} (${capability})`,
    async run() {
      const { seconds, rss } = await ask<{ seconds: number; rss: number }>({ output });
      const { buffer, byteOffset, byteLength } = await readFile(output!);
      return { seconds, rss, recon: new Float32Array(buffer, byteOffset, byteLength / 4) };
    },
    close,
  };
}
