import { readFileSync } from "node:fs";
import type { Video } from "../src/index.ts";

/** Reproducible noise in [-1, 1), the same in any language: a hash of the name and the index. */
export function noise(name: string, length: number): Float32Array {
  let seed = 0x811c9dc5;
  for (const byte of Buffer.from(name)) seed = Math.imul(seed ^ byte, 0x01000193);
  return Float32Array.from({ length }, (_, i) => {
    let h = (seed + Math.imul(i, 0x9e3779b1)) >>> 0;
    h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
    h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
    return (2 * ((h ^ (h >>> 16)) >>> 0)) / 2 ** 32 - 1;
  });
}

/** Noise in [0, 1] and the same with a tenth of other noise added, clamped. */
export function noisyPair(
  shape: readonly number[],
  nameA: string,
  nameB: string,
): readonly [Video, Video] {
  const length = shape.reduce((product, n) => product * n, 1);
  const added = noise(nameB, length);
  const a = Float64Array.from(noise(nameA, length), (v) => (v + 1) / 2);
  const b = a.map((v, i) => Math.min(1, Math.max(0, v + 0.1 * added[i]!)));
  return [
    { data: a, shape },
    { data: b, shape },
  ];
}

/** Two clips `[3, 2, 72, 96]` in [0, 1] with the PSNR and SSIM that PyTorch and piq find. */
export function storedPair(): { x: Video; y: Video; psnr: number; ssim: number } {
  const file = readFileSync(new URL("./fixtures/pair.safetensors", import.meta.url));
  const start = 8 + Number(file.readBigUInt64LE(0));
  const header = JSON.parse(file.toString("utf8", 8, start)) as {
    __metadata__: Record<"psnr" | "ssim", string>;
  } & Record<"x" | "y", { shape: number[]; data_offsets: [number, number] }>;
  const clip = (name: "x" | "y"): Video => {
    const { shape, data_offsets: offsets } = header[name];
    const bytes = file.subarray(start + offsets[0], start + offsets[1]);
    return { data: new Float32Array(Uint8Array.from(bytes).buffer), shape: shape.slice(1) };
  };
  const { psnr, ssim } = header.__metadata__;
  return { x: clip("x"), y: clip("y"), psnr: Number(psnr), ssim: Number(ssim) };
}
