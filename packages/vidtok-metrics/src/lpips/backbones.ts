import {
  convolution,
  Fire,
  pooling,
  rectify,
  type Backbone,
  type Layer,
  type Slice,
} from "./layers.ts";

/** The nets whose features LPIPS compares. */
export type BackboneName = "vgg" | "alex" | "squeeze";

/** A net and what is to be known about it. */
export interface BackboneDefinition {
  readonly build: () => Backbone;
  /** Channels of each slice's output. */
  readonly channels: readonly number[];
  /** Pixels that the shorter side of a frame needs at least. */
  readonly smallest: number;
  /** Names under which torchvision published the backbone's weights; the newest is first. */
  readonly files: readonly string[];
}

/** The nets of LPIPS by name. */
export const backbones: Readonly<Record<BackboneName, BackboneDefinition>> = {
  vgg: {
    build: vgg16,
    channels: [64, 128, 256, 512, 512],
    smallest: 16,
    files: ["vgg16-397923af.pth"],
  },
  alex: {
    build: alexNet,
    channels: [64, 192, 384, 256, 256],
    smallest: 31,
    files: ["alexnet-owt-7be5be79.pth", "alexnet-owt-4df8aa71.pth"],
  },
  squeeze: {
    build: squeezeNet,
    channels: [64, 128, 256, 384, 384, 512, 512],
    smallest: 17,
    files: ["squeezenet1_1-b8a52dc0.pth", "squeezenet1_1-f364aa15.pth"],
  },
};

function numbered(...slices: readonly (readonly Layer[])[]): Backbone {
  let next = 0;
  return Object.fromEntries(
    slices.map((layers, i) => {
      const slice: Slice = Object.fromEntries(layers.map((layer) => [next++, layer]));
      return [`slice${i + 1}`, slice];
    }),
  );
}

function vgg16(): Backbone {
  const run = (...channels: readonly number[]): Layer[] =>
    channels.slice(1).flatMap((out, i) => [convolution(channels[i]!, out, 3, 1), rectify]);
  return numbered(
    run(3, 64, 64),
    [pooling(2), ...run(64, 128, 128)],
    [pooling(2), ...run(128, 256, 256, 256)],
    [pooling(2), ...run(256, 512, 512, 512)],
    [pooling(2), ...run(512, 512, 512, 512)],
  );
}

function alexNet(): Backbone {
  return numbered(
    [convolution(3, 64, 11, 2, 4), rectify],
    [pooling(3), convolution(64, 192, 5, 2), rectify],
    [pooling(3), convolution(192, 384, 3, 1), rectify],
    [convolution(384, 256, 3, 1), rectify],
    [convolution(256, 256, 3, 1), rectify],
  );
}

/** SqueezeNet 1.1. */
function squeezeNet(): Backbone {
  return numbered(
    [convolution(3, 64, 3, 0, 2), rectify],
    [pooling(3, true), new Fire(64, 16, 64), new Fire(128, 16, 64)],
    [pooling(3, true), new Fire(128, 32, 128), new Fire(256, 32, 128)],
    [pooling(3, true), new Fire(256, 48, 192)],
    [new Fire(384, 48, 192)],
    [new Fire(384, 64, 256)],
    [new Fire(512, 64, 256)],
  );
}
