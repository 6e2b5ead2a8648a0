import type { NetworkConfig } from "@vidtok/model";
import { UsageError } from "../args/usageError.ts";

/** What of a request can be wrong for a model. */
export interface Request {
  readonly input_height: number;
  readonly input_width: number;
  readonly read_long_video: boolean;
}

/** Refuses frame sizes that the encoder does not halve evenly, and long videos; `command` begins error messages. */
export function checkRequest(command: string, request: Request, encoder: NetworkConfig): void {
  for (const name of ["input_height", "input_width"] as const) {
    checkSize(name, request[name], encoder);
  }
  if (request.read_long_video) throw new Error(noLongVideo(command, encoder.family));
}

function checkSize(name: string, pixels: number, { spatialDown }: NetworkConfig): void {
  const factor = 2 ** spatialDown.length;
  if (pixels % factor === 0) return;
  const multiple = Math.max(Math.round(pixels / factor), 1) * factor;
  throw new UsageError(
    `--${name} ${pixels}: this tokenizer takes multiples of ${factor}; use ${multiple}`,
  );
}

function noLongVideo(command: string, family: string): string {
  return family === "causal v1.1"
    ? `${command}: --read_long_video is not there yet; leave it out to go clip by clip`
    : `${command}: --read_long_video needs a v1.1 config, this one is ${family}; leave it out to go clip by clip`;
}
