import { ffprobePath } from "./binaries.ts";
import { startChild } from "./child.ts";
import { boundProblem, complaint, sizeProblem } from "./complaint.ts";
import { inputArguments } from "./inputFile.ts";
import { memoryFor, mostPackets } from "./limits.ts";
import { programOutput } from "./programOutput.ts";
import { VideoError } from "./videoError.ts";

/** One section of ffprobe's answer: `packet`, `stream` or `format` with its named values. */
export interface Section {
  readonly kind: string;
  readonly fields: Fields;
}

/** Values by ffprobe's names. */
export type Fields = ReadonlyMap<string, string>;

// No line that is asked for comes near; a program that never ends one would fill the memory.
const longestLine = 2 ** 20;

/**
 * Asks ffprobe about a file (`show` as its option `-show_entries` takes it), section by section;
 * at the end `log.stderr` is what it complained of.
 */
export async function* ffprobe(
  path: string,
  show: string,
  log: { stderr: string },
  signal: AbortSignal | undefined,
): AsyncGenerator<Section> {
  const format = ["-v", "error", "-of", "compact", "-show_entries", show];
  const args = [...format, ...inputArguments(path)];
  const child = startChild(ffprobePath(), args, { signal, memory: memoryFor(path) });
  child.stdin.end();
  child.stdout.setEncoding("utf8");
  const most = mostPackets(path);
  let sections = 0;
  let hasNoSize = false;
  try {
    for await (const line of lines(path, programOutput(child, path))) {
      if (++sections > most) {
        throw new VideoError(
          `video: ${path} is damaged: it announces more than ${Math.floor(most)} packets, which its size cannot hold`,
        );
      }
      const found = section(line);
      const [width, height] = [number(found.fields, "width"), number(found.fields, "height")];
      const problem = sizeProblem(width, height);
      if (problem !== undefined) throw new VideoError(`video: ${path} ${problem}`);
      hasNoSize ||= width === 0;
      yield found;
    }
    const { code, stderr } = await child.ended;
    signal?.throwIfAborted();
    log.stderr = stderr;
    const refused = hasNoSize ? boundProblem(stderr) : undefined;
    if (code !== 0 || refused !== undefined) {
      throw new VideoError(`video: ${path} ${refused ?? reason(stderr)}`, stderr);
    }
  } finally {
    child.kill();
  }
}

/** A value as a number; NaN where ffprobe has none. */
export function number(fields: Fields, name: string): number {
  return Number(fields.get(name) ?? NaN);
}

/** A value such as "30000/1001" as a number; 0 where ffprobe has none. */
export function ratio(fields: Fields, name: string): number {
  const [numerator, denominator = "1"] = (fields.get(name) ?? "").split("/");
  const value = Number(numerator) / Number(denominator);
  return Number.isFinite(value) ? value : 0;
}

async function* lines(
  path: string,
  output: AsyncIterable<Uint8Array | string>,
): AsyncGenerator<string> {
  let rest = "";
  for await (const text of output) {
    rest += String(text);
    const end = rest.lastIndexOf("\n");
    if (end >= 0) yield* rest.slice(0, end).split("\n");
    rest = rest.slice(end + 1);
    if (rest.length > longestLine) {
      throw new VideoError(
        `video: ${path} makes ffprobe write a line of more than ${longestLine} bytes`,
      );
    }
  }
}

function section(line: string): Section {
  const [kind = "", ...pairs] = line.trimEnd().split("|");
  const fields = new Map<string, string>();
  for (const pair of pairs) {
    const at = pair.indexOf("=");
    fields.set(pair.slice(0, at), pair.slice(at + 1));
  }
  return { kind, fields };
}

function reason(stderr: string): string {
  return (
    complaint(stderr) ?? `cannot be read: ${stderr.split("\n").at(-1) || "ffprobe was killed"}`
  );
}
