import { noGrad, scope, tensor, type Backend } from "@vidtok/tensor";
import { engine } from "../engine.ts";
import { pair, type Pair, type PairOptions, type Video } from "../video.ts";
import { findLpipsFiles } from "./findLpipsFiles.ts";
import { loadLpipsFiles } from "./loadLpips.ts";
import type { LpipsOptions, LpipsResult } from "./lpips.ts";
import { Lpips } from "./lpipsNet.ts";

// Bounds what a batch needs, whatever the video's length: vgg's features take 1.8 kB a pixel, 115 MB here.
const PIXELS_PER_BATCH = 2 ** 16;

/** Two RGB videos of one shape, checked. */
export function checkedPair(a: Video, b: Video, options: PairOptions): Pair {
  const videos = pair("lpips", a, b, options);
  if (videos.channels !== 3) {
    throw new RangeError(
      `lpips: frames have ${videos.channels} channels, needed 3; repeat gray thrice`,
    );
  }
  return videos;
}

/** A net of LPIPS with its weights: pairs of videos in, distances of frames out. */
export class LpipsFrames {
  readonly #net: Lpips;
  readonly #weights: string;
  readonly #backend: Backend;

  private constructor(net: Lpips, weights: string, backend: Backend) {
    this.#net = net;
    this.#weights = weights;
    this.#backend = backend;
  }

  static async open({ backbone = "vgg", weights }: LpipsOptions): Promise<LpipsFrames> {
    const backend = await engine();
    if (weights instanceof Lpips) return new LpipsFrames(weights, "given", backend);
    const files = await findLpipsFiles(backbone, weights);
    const found = "model" in files ? files.model : `${files.backbone} and ${files.heads}`;
    return new LpipsFrames(await loadLpipsFiles(backbone, files), weights ?? found, backend);
  }

  /** The distances of two videos, frame by frame. */
  async of(videos: Pair): Promise<LpipsResult> {
    const { frames: count, height, width, layout, range } = videos;
    const most = Math.max(1, Math.floor(PIXELS_PER_BATCH / (height * width)));
    const frames = new Float64Array(count);
    for (let t = 0; t < count; t += most) {
      frames.set(await this.#distances(videos, t, Math.min(most, count - t)), t);
    }
    return {
      mean: frames.reduce((total, value) => total + value, 0) / count,
      frames,
      settings: {
        metric: "lpips",
        version: "0.1",
        backbone: this.#net.backbone,
        weights: this.#weights,
        backend: `${this.#backend.name} ${this.#backend.mode}`,
        layout,
        range,
      },
    };
  }

  /** The distances of `count` frames from frame `first` on, all at once. */
  async #distances(videos: Pair, first: number, count: number): Promise<Float32Array> {
    const { height, width } = videos;
    const size = height * width;
    const planes = [new Float64Array(size), new Float64Array(size)] as const;
    const images = planes.map(() => new Float32Array(count * 3 * size));
    for (let i = 0; i < 3 * count; i++) {
      videos.read(first + Math.floor(i / 3), i % 3, ...planes);
      images.forEach((image, k) =>
        image.set(
          planes[k]!.map((v) => 2 * v - 1),
          i * size,
        ),
      );
    }
    const distances = noGrad(() =>
      scope(() => {
        const [x, y] = images.map((image) => tensor(image, [count, 3, height, width]));
        return this.#net.forward(x!, y!);
      }),
    );
    try {
      return await distances.read();
    } finally {
      distances.free();
    }
  }

  /** Frees the weights, unless a loaded net was given. */
  dispose(): void {
    if (this.#weights !== "given") this.#net.dispose();
  }
}
