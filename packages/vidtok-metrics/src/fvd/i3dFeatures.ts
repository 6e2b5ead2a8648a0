import { noGrad, scope, tensor, type Backend } from "@vidtok/tensor";
import { engine } from "../engine.ts";
import { planes, type PairOptions, type Planes, type Video } from "../video.ts";
import { SIDE } from "./clipSize.ts";
import type { FvdOptions } from "./fvd.ts";
import { I3d } from "./i3dNet.ts";
import { findI3dFile, loadI3d } from "./loadI3d.ts";
import { preprocess, type Preprocessing } from "./preprocess.ts";

const FEWEST_FRAMES = 10;

/** A video as planes, if it is long enough for I3D; `name` names it in errors. */
export function checkedClip(name: string, video: Video, options: PairOptions): Planes {
  const clip = planes("fvd", name, video, options);
  if (clip.frames < FEWEST_FRAMES) {
    throw new RangeError(`fvd: ${name} has ${clip.frames} frames, needed ${FEWEST_FRAMES} or more`);
  }
  return clip;
}

/** I3D with its weights and preprocessing: videos in, feature vectors out. */
export class I3dFeatures {
  readonly preprocessing: Preprocessing;
  readonly backend: Backend;
  /** The file, or `given` for a loaded net. */
  readonly weights: string;
  readonly #net: I3d;

  private constructor(net: I3d, weights: string, preprocessing: Preprocessing, backend: Backend) {
    this.#net = net;
    this.weights = weights;
    this.preprocessing = preprocessing;
    this.backend = backend;
  }

  static async open(options: FvdOptions): Promise<I3dFeatures> {
    const { weights, preprocessing = "videogpt" } = options;
    const backend = await engine();
    if (weights instanceof I3d) return new I3dFeatures(weights, "given", preprocessing, backend);
    const file = await findI3dFile(weights);
    return new I3dFeatures(await loadI3d(file), file, preprocessing, backend);
  }

  /** I3D's 400 numbers for a clip. */
  async of(clip: Planes): Promise<Float32Array> {
    const pixels = preprocess(clip, this.preprocessing);
    const logits = noGrad(() =>
      scope(() => this.#net.forward(tensor(pixels, [1, 3, clip.frames, SIDE, SIDE]))),
    );
    try {
      return await logits.read();
    } finally {
      logits.free();
    }
  }

  /** Frees the weights, unless a loaded net was given. */
  dispose(): void {
    if (this.weights !== "given") this.#net.dispose();
  }
}
