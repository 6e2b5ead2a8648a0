import type { Precision } from "@vidtok/tensor";
import { startPython } from "./pythonPeer.ts";

/** A convolution as its sizes, t, h, w where there are three. */
export interface ConvSizes {
  readonly input: readonly [n: number, c: number, t: number, h: number, w: number];
  readonly weight: readonly [o: number, c: number, kt: number, kh: number, kw: number];
  readonly stride: readonly [number, number, number];
  readonly padding: readonly [number, number, number];
  readonly threads: number;
  readonly precision: Precision;
}

/** Another library's convolutions. */
export interface ConvPeer {
  readonly name: string;
  /** Gets ready for a convolution of random numbers, and runs it once. */
  prepare(sizes: ConvSizes): Promise<void>;
  /** What running it again takes, in seconds. */
  seconds(): Promise<number>;
  close(): void;
}

/** PyTorch's convolutions, in the Python that is given. */
export async function torchConvPeer(python: string, script: URL): Promise<ConvPeer> {
  const { ask, close } = startPython(python, script);
  const tiny = { input: [1, 1, 1, 1, 1], weight: [1, 1, 1, 1, 1], stride: [1, 1, 1] };
  const { torch, capability } = await ask<{ torch: string; capability: string }>({
    ...{ ...tiny, padding: [0, 0, 0], threads: 1, precision: "f32" },
  });
  return {
    name: `PyTorch ${torch} (${capability})`,
    prepare: async (sizes) => void (await ask(sizes)),
    seconds: async () => (await ask<{ seconds: number }>(null)).seconds,
    close,
  };
}
