import { noGrad, scope, tensor, type Tensor } from "@vidtok/tensor";
import { engine } from "../engine.ts";
import { pair, type PairOptions, type Video } from "../video.ts";
import type { LpipsOptions, LpipsResult } from "./lpips.ts";
import { findLpipsFiles } from "./findLpipsFiles.ts";
import { loadLpipsFiles } from "./loadLpips.ts";
import { Lpips } from "./lpipsNet.ts";

/** `lpips`, once the engine is loaded. */
export async function lpipsOfFrames(
  a: Video,
  b: Video,
  options: PairOptions & LpipsOptions,
): Promise<LpipsResult> {
  const videos = pair("lpips", a, b, options);
  const { frames: count, channels, height, width, layout, range } = videos;
  if (channels !== 3) {
    throw new RangeError(`lpips: frames have ${channels} channels, needed 3; repeat gray thrice`);
  }
  const { net, weights } = await openNet(options);
  const backend = await engine();
  const size = height * width;
  const planes = [new Float64Array(size), new Float64Array(size)] as const;
  const frames = new Float64Array(count);
  try {
    for (let t = 0; t < count; t++) {
      const images = [new Float32Array(3 * size), new Float32Array(3 * size)] as const;
      for (let c = 0; c < 3; c++) {
        videos.read(t, c, ...planes);
        images.forEach((image, i) => {
          image.set(
            planes[i]!.map((v) => 2 * v - 1),
            c * size,
          );
        });
      }
      const distance = noGrad(() =>
        scope(() => {
          const [x, y] = images.map((image) => tensor(image, [1, 3, height, width]));
          return net.forward(x!, y!);
        }),
      );
      frames[t] = await item(distance);
    }
  } finally {
    if (net !== options.weights) net.free();
  }
  const mean = frames.reduce((total, value) => total + value, 0) / count;
  return {
    mean,
    frames,
    settings: {
      metric: "lpips",
      version: "0.1",
      backbone: net.backbone,
      weights,
      backend: `${backend.name} ${backend.mode}`,
      layout,
      range,
    },
  };
}

/** The net to use, and what is said of its weights. */
async function openNet({
  backbone = "vgg",
  weights,
}: LpipsOptions): Promise<{ readonly net: Lpips; readonly weights: string }> {
  if (weights instanceof Lpips) return { net: weights, weights: "given" };
  const files = await findLpipsFiles(backbone, weights);
  const found = "model" in files ? files.model : `${files.backbone} and ${files.heads}`;
  return { net: await loadLpipsFiles(backbone, files), weights: weights ?? found };
}

async function item(x: Tensor): Promise<number> {
  try {
    return await x.item();
  } finally {
    x.free();
  }
}
