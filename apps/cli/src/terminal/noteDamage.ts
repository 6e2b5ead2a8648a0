import type { VideoInfo } from "@vidtok/data";
import { line } from "../report.ts";
import type { Io } from "./io.ts";

/** Prints a line about a video of which a part is missing. */
export function noteDamage(io: Io, { path, damage }: VideoInfo): void {
  if (damage !== undefined) line(io, damageNote({ path, damage }));
}

/** The line that says what is missing of a video. */
export function damageNote({ path, damage }: Pick<VideoInfo, "path" | "damage">): string {
  return `video: ${path} is ${damage}; the frames that can be decoded are used`;
}
