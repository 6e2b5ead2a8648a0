import { randomBytes } from "node:crypto";
import type { Readable } from "node:stream";

/** A decoded picture, as ffmpeg's `showinfo` filter describes it. */
export interface Picture {
  /** Presentation time in ticks of the stream's time base; NaN where it is unknown. */
  readonly pts: number;
  readonly width: number;
  readonly height: number;
}

/**
 * The `showinfo` filter whose lines a `PictureLog` reads. ffmpeg writes a file's name and metadata
 * into the same log, and who makes a file cannot know the name that the filter has here.
 */
export const pictureFilter: string = `showinfo@${randomBytes(8).toString("hex")}`;

const pictureLine = new RegExp(
  `\\[${pictureFilter} @ \\S+\\] \\[info\\] n: *\\d+ pts: *(\\S+) .* s:(\\d+)x(\\d+) `,
);
const wholeLine = /\]\s*$/;
// A name is indented, and so is each further line of its value.
const metadataLine = /^(\[info\] )? {2,}[^:#]*: /;
// Longer ones are metadata.
const longestLine = 2 ** 16;
const errorLine = /\[(error|fatal|panic)\] /;
// A demuxer or decoder names itself before its messages.
const decodingErrorLine = /\[\w[^[\]]* @ 0x[0-9a-f]+\] \[(error|fatal|panic)\] /;
// Times of decoded pictures may repeat, which only this output would mind.
const outputComplaint = "non monotonically increasing dts to muxer";
// Enough to explain a failure.
const mostErrors = 100;

/** What an ffmpeg run at log level `level+info` reports: pictures by `showinfo`, and errors. */
export class PictureLog {
  /** Pictures in the order they are decoded. */
  readonly pictures: Picture[] = [];
  /** The first error messages. */
  readonly errors: string[] = [];
  /** How many pictures were reported before the first error of decoding that followed any. */
  firstErrorAt = Infinity;
  #rest = "";
  #hasEnded = false;
  #changed: () => void = () => {};

  constructor(stderr: Readable) {
    stderr.on("data", (text: string | Buffer) => this.#read(String(text)));
    stderr.on("close", () => this.#end());
  }

  /** Picture `index` once it is reported; undefined when the log ends before it. */
  async picture(index: number): Promise<Picture | undefined> {
    while (this.pictures.length <= index && !this.#hasEnded) {
      await new Promise<void>((resolve) => (this.#changed = resolve));
    }
    return this.pictures[index];
  }

  #read(text: string): void {
    const lines = (this.#rest + text).split("\n");
    this.#rest = (lines.pop() ?? "").slice(0, longestLine);
    for (const line of lines) this.#line(line);
    this.#changed();
  }

  #end(): void {
    this.#line(this.#rest);
    this.#hasEnded = true;
    this.#changed();
  }

  // Another thread may report an error between the parts of a picture's line, then without level.
  #line(line: string): void {
    if (metadataLine.test(line)) return;
    const picture = pictureLine.exec(line);
    if (picture !== null) {
      const [, pts, width, height] = picture;
      this.pictures.push({ pts: Number(pts), width: Number(width), height: Number(height) });
    }
    const isInterrupted = picture !== null && !wholeLine.test(line);
    if (!isInterrupted && !errorLine.test(line)) return;
    if (line.includes(outputComplaint)) return;
    if (this.errors.length < mostErrors) this.errors.push(line.trim());
    const isOfDecoding = isInterrupted || decodingErrorLine.test(line);
    if (this.pictures.length === 0 || !isOfDecoding) return;
    this.firstErrorAt = Math.min(this.firstErrorAt, this.pictures.length);
  }
}
