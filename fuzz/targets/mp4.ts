import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ffmpegPath, probeVideo, readFrames, VideoError } from "@vidtok/data";
import { readBoxes, writeBoxes } from "../boxes.ts";
import type { Box } from "../boxes.ts";
import type { Draw } from "../draw.ts";
import { mutateBytes } from "../mutateBytes.ts";
import type { Target } from "../target.ts";

/** Headers of mp4 files, whose frames are few and small. */
export const mp4: Target = {
  name: "mp4",
  ending: ".mp4",
  seeds: () => Promise.resolve(madeByFfmpeg()),
  shape(draw, input) {
    const boxes = readBoxes(input);
    if (boxes.length === 0) return mutateBytes(draw, input, input);
    let changed = boxes;
    for (let count = 1 + draw.below(3); count > 0; count--) changed = changeBox(draw, changed);
    return writeBoxes(changed);
  },
  async run(path) {
    const { codec, frames } = await probeVideo(path);
    if (frames > 0) await readFrames(path, [0]);
    return codec;
  },
  isExpected: (error, path) => error instanceof VideoError && error.message.includes(path),
};

/** One box changed, at any depth. */
function changeBox(draw: Draw, boxes: readonly Box[]): readonly Box[] {
  if (boxes.length === 0) return [{ type: "free", content: draw.bytes(8) }];
  const at = draw.below(boxes.length);
  const box = boxes[at]!;
  const { type, content } = box;
  // Most fields stand in the boxes below.
  if (!(content instanceof Uint8Array) && draw.chance(0.85)) {
    return boxes.with(at, { type, content: changeBox(draw, content) });
  }
  switch (draw.below(6)) {
    case 0:
      return boxes.toSpliced(at, 1);
    case 1:
      return [...boxes, box];
    case 2:
      return boxes.toSpliced(at, 1, ...boxes.slice(at, at + 2).reverse());
    case 3:
      return boxes.with(at, { type: draw.pick(["stts", "moov", "dref", "\0\0\0\0"]), content });
    default: {
      const bytes = content instanceof Uint8Array ? content : writeBoxes(content);
      return boxes.with(at, { type, content: changeField(draw, bytes) });
    }
  }
}

/** A number of four bytes changed, in network order. */
function changeField(draw: Draw, bytes: Uint8Array): Uint8Array {
  if (bytes.length < 4) return draw.bytes(4);
  const changed = Buffer.from(bytes);
  const at = 4 * draw.below(Math.floor(bytes.length / 4));
  changed.writeUInt32BE(draw.pick([0, 1, 2, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff]), at);
  return changed;
}

function madeByFfmpeg(): readonly Uint8Array[] {
  const folder = mkdtempSync(join(tmpdir(), "vidtok-fuzz-mp4-"));
  const source = ["-f", "lavfi", "-i", "testsrc2=size=48x32:rate=10:duration=0.6"];
  const kinds = {
    "plain.mp4": ["-c:v", "libx264", "-pix_fmt", "yuv420p"],
    "first.mp4": ["-c:v", "mpeg4", "-movflags", "+faststart"],
    "parts.mp4": ["-c:v", "libx264", "-movflags", "+frag_keyframe+empty_moov", "-g", "2"],
  };
  try {
    return Object.entries(kinds).map(([name, options]) => {
      const path = join(folder, name);
      execFileSync(ffmpegPath(), ["-v", "error", ...source, ...options, path]);
      return readFileSync(path);
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}
