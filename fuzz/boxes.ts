import { joined } from "./mutateBytes.ts";

/** A box of an mp4 file: boxes, or bytes where it holds none. */
export interface Box {
  readonly type: string;
  readonly content: Uint8Array | readonly Box[];
}

const containers = new Set("moov trak mdia minf stbl edts dinf udta moof traf mvex".split(" "));

/** The boxes of a file; what is no box ends them. */
export function readBoxes(bytes: Uint8Array): readonly Box[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const boxes: Box[] = [];
  for (let at = 0; at + 8 <= buffer.length;) {
    const size = buffer.readUInt32BE(at);
    if (size < 8 || at + size > buffer.length) break;
    const type = buffer.toString("latin1", at + 4, at + 8);
    const content = buffer.subarray(at + 8, at + size);
    boxes.push({ type, content: containers.has(type) ? readBoxes(content) : content });
    at += size;
  }
  return boxes;
}

/** Boxes as bytes, each with its right size. */
export function writeBoxes(boxes: readonly Box[]): Uint8Array {
  return joined(
    ...boxes.flatMap(({ type, content }) => {
      const bytes = content instanceof Uint8Array ? content : writeBoxes(content);
      const head = Buffer.alloc(8);
      head.writeUInt32BE(bytes.length + 8);
      head.write(type, 4, "latin1");
      return [head, bytes];
    }),
  );
}
