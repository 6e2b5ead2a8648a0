// Bundled as an application would do it and opened in a browser: measures the pairs that it is given.
import { psnr, Psnr, ssim } from "@vidtok/metrics";

type Numbers = readonly { readonly data: readonly number[]; readonly shape: readonly number[] }[];

function measure([a, b]: Numbers) {
  const [x, y] = [a!, b!].map(({ data, shape }) => ({ data: Float32Array.from(data), shape }));
  const total = new Psnr({ layout: "tchw" });
  total.update(x!, y!);
  return {
    psnr: psnr(x!, y!, { layout: "tchw" }).mean,
    ssim: ssim(x!, y!, { layout: "tchw" }).mean,
    streamed: total.compute().mean,
    process: typeof process,
  };
}

Object.assign(globalThis, { measure });
