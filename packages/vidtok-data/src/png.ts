import { writeFile } from "node:fs/promises";
import { crc32, deflateSync } from "node:zlib";
import type { Image } from "./image.ts";
import { partialFile, writeError } from "./partialFile.ts";

const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/** Writes an RGB image `[height, width, 3]` as a PNG file, whole or not at all. */
export async function writePng(
  path: string,
  rgb: Uint8Array,
  width: number,
  height: number,
): Promise<void> {
  const bytes = encodePng({ data: rgb, width, height });
  const file = partialFile("writePng", path);
  try {
    await writeFile(file.path, bytes);
  } catch (error) {
    file.discard();
    throw writeError("writePng", path, error);
  }
  await file.commit();
}

/** The bytes of a PNG file of the picture. */
export function encodePng({ data, width, height }: Image): Uint8Array {
  if (data.length !== width * height * 3 || data.length === 0) {
    throw new RangeError(
      `encodePng: ${data.length} bytes but ${width}x${height} RGB takes ${width * height * 3}`,
    );
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2], 8); // 8 bits per sample, RGB
  const pixels = deflateSync(filtered(data, width, height));
  const parts = [chunk("IHDR", header), chunk("IDAT", pixels), chunk("IEND", Buffer.alloc(0))];
  return Buffer.concat([signature, ...parts]);
}

/** Each row as differences to the pixel on the left, which deflate packs better. */
function filtered(rgb: Uint8Array, width: number, height: number): Uint8Array {
  const row = width * 3;
  const out = new Uint8Array((row + 1) * height);
  for (let y = 0; y < height; y++) {
    const to = y * (row + 1);
    out[to] = 1;
    for (let x = 0; x < row; x++) {
      out[to + 1 + x] = rgb[y * row + x]! - (x < 3 ? 0 : rgb[y * row + x - 3]!);
    }
  }
  return out;
}

function chunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const framed = Buffer.alloc(body.length + 8);
  framed.writeUInt32BE(data.length, 0);
  framed.set(body, 4);
  framed.writeUInt32BE(crc32(body), body.length + 4);
  return framed;
}
