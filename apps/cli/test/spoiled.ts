/**
 * An mp4 file whose index is whole but whose pictures are zeros from a share of them on: with
 * Motion JPEG that shows only when they are decoded.
 */
export function spoiled(file: Buffer, from: number): Buffer {
  const copy = Buffer.from(file);
  const start = copy.indexOf("mdat") + 4;
  const end = start - 8 + copy.readUInt32BE(start - 8);
  return copy.fill(0, Math.round(start + from * (end - start)), end);
}
