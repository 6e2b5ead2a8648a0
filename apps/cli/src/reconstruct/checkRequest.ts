import type { Fit, VideoInfo } from "@vidtok/data";
import type { NetworkConfig } from "@vidtok/model";
import { UsageError } from "../args/usageError.ts";

/** What of a request can be wrong for a model. */
export interface Request {
  readonly fit: Fit;
  readonly read_long_video: boolean;
  readonly num_frames_per_batch?: number | undefined;
}

/**
 * Refuses frame sizes that the encoder does not halve evenly, and long videos where the family has
 * no chunked mode; `command` begins error messages.
 */
export function checkRequest(command: string, request: Request, encoder: NetworkConfig): void {
  const { fit } = request;
  if (fit.fit !== "native") {
    checkSize("input_height", fit.height, encoder);
    checkSize("input_width", fit.width, encoder);
  }
  if (request.read_long_video && encoder.family !== "causal v1.1") {
    throw new Error(
      `${command}: --read_long_video needs a v1.1 config, this one is ${encoder.family}; ` +
        "leave it out to go clip by clip",
    );
  }
  if (request.read_long_video && request.num_frames_per_batch === 1) {
    throw new UsageError(
      "--read_long_video needs chunks of at least the time stride; use --chunk_size 16",
    );
  }
}

/** Why a video cannot keep its size: it is smaller than the spatial stride; else undefined. */
export function tooSmall(
  { path, width, height }: Pick<VideoInfo, "path" | "width" | "height">,
  fit: Fit,
  { spatialDown }: NetworkConfig,
): string | undefined {
  const factor = 2 ** spatialDown.length;
  if (fit.fit !== "native" || Math.min(width, height) >= factor) return undefined;
  return (
    `${path} is ${width} x ${height}, and this tokenizer needs at least ${factor} x ${factor}; ` +
    "use --fit contain"
  );
}

function checkSize(name: string, pixels: number, { spatialDown }: NetworkConfig): void {
  const factor = 2 ** spatialDown.length;
  if (pixels % factor === 0) return;
  const multiple = Math.max(Math.round(pixels / factor), 1) * factor;
  throw new UsageError(
    `--${name} ${pixels}: this tokenizer takes multiples of ${factor}; use ${multiple}`,
  );
}
