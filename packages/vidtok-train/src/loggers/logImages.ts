import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { clipToFrames, contactSheet, frameImage, writePng, writeVideo } from "@vidtok/data";
import type { Image } from "@vidtok/data";
import { TrainError } from "../trainError.ts";
import type { BatchPlace, ImageLoggerSettings } from "./imageLoggerSettings.ts";

/** Clips of a batch; values outside [-1, 1] are clamped. */
export interface Clips {
  readonly data: Float32Array;
  /** `[n, 3, t, h, w]` */
  readonly shape: readonly number[];
}

/** The clips of a batch, what the model makes of them, and what its averaged weights make of them if it has some. */
export interface ShownClips {
  readonly inputs: Clips;
  readonly recs: Clips;
  readonly recs_ema?: Clips;
}

/** Where in a run a batch is, with the steps of both optimizers, as file names tell it. */
export interface ImagePlace extends BatchPlace {
  readonly globalStep: number;
}

// What torchvision's `make_grid` leaves between frames: 0, which is grey between black and white.
const GAP = 2;
const GREY = 127;

/**
 * Writes a grid of frames for each name as `images/SPLIT/NAME_gs-…_e-…_b-….png` in the run's folder,
 * and inputs beside recs as a video in `videos/SPLIT`; returns the grids by `SPLIT/NAME`.
 */
export async function logImages(
  dir: string,
  { maxSamples, columns, fps }: ImageLoggerSettings,
  { split, globalStep, epoch, batchIndex }: ImagePlace,
  clips: ShownClips,
): Promise<ReadonlyMap<string, Image>> {
  const pad = (value: number): string => String(value).padStart(6, "0");
  const place = `gs-${pad(globalStep)}_e-${pad(epoch)}_b-${pad(batchIndex)}`;
  const shape = clips.inputs.shape;
  const inputs = framesOf("inputs", clips.inputs, shape, maxSamples);
  const recs = framesOf("recs", clips.recs, shape, maxSamples);
  const averaged = clips.recs_ema && {
    recs_ema: framesOf("recs_ema", clips.recs_ema, shape, maxSamples),
  };
  const grids = new Map<string, Image>();
  try {
    const images = join(dir, "images", split);
    const videos = join(dir, "videos", split);
    await Promise.all([images, videos].map((folder) => mkdir(folder, { recursive: true })));
    for (const [name, frames] of Object.entries({ inputs, recs, ...averaged })) {
      const grid = gridOf(frames.flat(), columns);
      await writePng(join(images, `${name}_${place}.png`), grid.data, grid.width, grid.height);
      grids.set(`${split}/${name}`, grid);
    }
    const video = join(videos, `inputs_recs_${place}.mp4`);
    await saveVideo(video, sideBySideFrames(inputs, recs), fps);
  } catch (cause) {
    throw new TrainError(`log: ${(cause as Error).message}`, { cause });
  }
  return grids;
}

/** The frames of the first clips, clip by clip. */
function framesOf(
  name: string,
  { data, shape }: Clips,
  needed: readonly number[],
  maxSamples: number,
): Image[][] {
  const [n = 0, c, t = 0, h = 0, w = 0] = shape;
  const size = 3 * t * h * w;
  if (shape.length !== 5 || c !== 3 || n * size === 0 || data.length !== n * size) {
    throw new RangeError(
      `logImages: ${name} has shape [${shape.join(", ")}] and ${data.length} values; ` +
        `it has to be [n, 3, t, h, w] with as many values`,
    );
  }
  if (shape.some((length, axis) => length !== needed[axis])) {
    throw new RangeError(
      `logImages: ${name} has shape [${shape.join(", ")}] but inputs [${needed.join(", ")}]`,
    );
  }
  return Array.from({ length: Math.min(n, maxSamples) }, (_, i) => {
    const clip = data.subarray(i * size, (i + 1) * size);
    const frames = clipToFrames({ data: clip, shape: [3, t, h, w] });
    return Array.from({ length: t }, (_, index) => frameImage(frames, index));
  });
}

function gridOf(frames: readonly Image[], columns: number): Image {
  if (frames.length === 1) return frames[0]!;
  const rows: Image[][] = [];
  for (let at = 0; at < frames.length; at += columns) rows.push(frames.slice(at, at + columns));
  return contactSheet(rows, { gap: GAP, background: GREY });
}

/** Frame by frame, a row for each clip: left what went in, right what came out. */
function sideBySideFrames(left: readonly Image[][], right: readonly Image[][]): Image[] {
  return left[0]!.map((_, t) => {
    const rows = left.map((clip, i) => [clip[t]!, right[i]![t]!]);
    return contactSheet(rows, { gap: 0 });
  });
}

async function saveVideo(path: string, frames: readonly Image[], fps: number): Promise<void> {
  const { width, height } = frames[0]!;
  const video = writeVideo(path, { width, height, fps });
  try {
    for (const { data } of frames) await video.write(data);
    await video.close();
  } finally {
    await video.abort();
  }
}
