const parents = new Set(["moov", "trak", "mdia", "minf", "stbl", "edts", "dinf"]);

/** Unsigned 32-bit big-endian numbers. */
export function words(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  values.forEach((value, i) => bytes.writeUInt32BE(value, 4 * i));
  return bytes;
}

/** A box of an mp4 file. */
export function box(type: string, content: Uint8Array): Buffer {
  return Buffer.concat([words(8 + content.length), Buffer.from(type, "latin1"), content]);
}

/** An mp4 file with the content of some boxes replaced; the frames must come before the index. */
export function replaceBoxes(
  mp4: Buffer,
  edits: Readonly<Record<string, (content: Buffer) => Uint8Array>>,
): Buffer {
  const out: Buffer[] = [];
  for (let at = 0; at < mp4.length;) {
    const size = mp4.readUInt32BE(at);
    const type = mp4.toString("latin1", at + 4, at + 8);
    const content = mp4.subarray(at + 8, at + size);
    const inner = parents.has(type) ? replaceBoxes(content, edits) : content;
    out.push(box(type, edits[type]?.(inner) ?? inner));
    at += size;
  }
  return Buffer.concat(out);
}
