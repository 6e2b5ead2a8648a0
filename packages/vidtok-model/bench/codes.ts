import { parseArgs } from "node:util";
import "@vidtok/backend-native";
import { noGrad, useBackend } from "@vidtok/tensor";
import type { Precision } from "@vidtok/tensor";
import { noise } from "@vidtok/tensor/testing";
import { createModel } from "../src/index.ts";

/** Prints how many codes of an FSQ model are the same in bf16 as in float32 on a clip of noise, and the PSNR between both reconstructions; weights are random without `--ckpt`. */
export async function benchCodes(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      config: { type: "string", default: "../../configs/vidtok_fsq_causal_488_4096.yaml" },
      ckpt: { type: "string" },
      size: { type: "string", default: "128" },
      frames: { type: "string", default: "17" },
    },
  });
  const size = Number(values.size);
  await useBackend("native");
  const clip = noise("clip", [1, 3, Number(values.frames), size, size]);
  const made = async (precision: Precision) => {
    const ckpt = values.ckpt === undefined ? {} : { ckpt: values.ckpt };
    const model = await createModel(values.config, { precision, ...ckpt });
    const { recon, regLog } = noGrad(() => model.forward(clip, { losses: false }));
    if (!regLog.indices) throw new Error(`${values.config} has no codes; name an FSQ config`);
    return { recon: await recon.read(), codes: await regLog.indices.read() };
  };
  const [exact, rounded] = [await made("f32"), await made("bf16")];
  const same = exact.codes.filter((code, i) => code === rounded.codes[i]).length;
  const error = exact.recon.reduce((sum, value, i) => sum + (value - rounded.recon[i]!) ** 2, 0);
  const share = ((100 * same) / exact.codes.length).toFixed(1);
  const psnr = (10 * Math.log10((4 * exact.recon.length) / error)).toFixed(1);
  process.stdout.write(
    `${values.config}: ${same} of ${exact.codes.length} codes the same (${share} %), reconstructions ${psnr} dB apart\n`,
  );
}
