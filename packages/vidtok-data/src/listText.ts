import { readFileSync, statSync } from "node:fs";
import { VideoError } from "./videoError.ts";

/** The text of a csv file and how its bytes were read. */
export interface ListText {
  readonly text: string;
  readonly encoding: "utf8" | "latin1";
}

const utf8Mark = Buffer.from([0xef, 0xbb, 0xbf]);

/**
 * Reads a csv file: UTF-8 where it begins with a UTF-8 mark, else ISO-8859-1, as the reference
 * does. Throws a `VideoError` for UTF-16, for broken UTF-8 and for what is no regular file.
 */
export function readListText(path: string): ListText {
  const bytes = readOrExplain(path);
  if (bytes.subarray(0, 3).equals(utf8Mark)) {
    const text = validUtf8(bytes.subarray(3));
    if (text !== undefined) return { text, encoding: "utf8" };
    throw new VideoError(
      `dataset: ${path} begins with a UTF-8 mark but is not UTF-8; save it as UTF-8 again`,
    );
  }
  const [first, second] = bytes;
  const isUtf16 = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
  if (isUtf16 || bytes.subarray(0, 4096).includes(0)) {
    throw new VideoError(
      `dataset: ${path} is ${isUtf16 ? "UTF-16" : "no text: it has zero bytes"}; save it as UTF-8 with a mark (BOM), or as ISO-8859-1`,
    );
  }
  return { text: bytes.toString("latin1"), encoding: "latin1" };
}

/**
 * What an ISO-8859-1 text is when its bytes are UTF-8, or undefined where they are not, or are
 * ASCII.
 */
export function asUtf8(latin1: string): string | undefined {
  const text = validUtf8(Buffer.from(latin1, "latin1"));
  return text === latin1 ? undefined : text;
}

function validUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function readOrExplain(path: string): Buffer {
  let problem: string;
  try {
    if (statSync(path).isFile()) return readFileSync(path);
    problem = "it is no regular file";
  } catch (error) {
    problem = String((error as NodeJS.ErrnoException).code);
  }
  throw new VideoError(`dataset: ${path} cannot be read (${problem})`);
}
