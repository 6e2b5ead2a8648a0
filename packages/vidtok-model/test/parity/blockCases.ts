import { concat, noGrad, permute, reshape, slice } from "@vidtok/tensor";
import type { Tensor } from "@vidtok/tensor";
import { createModel } from "../../src/createModel.ts";
import type { Tokenizer } from "../../src/tokenizer.ts";
import { configFile, readBlocks } from "./goldens.ts";
import type { Sampled } from "./goldens.ts";
import { hashInput, loadHashWeights } from "./hash.ts";
import { numbersRow, sampledRow } from "./row.ts";
import type { ParityCase, Row } from "./row.ts";

// The vectors are float64; a float32 implementation is expected within this.
const tolerance = 1e-5;
// Where a causal group norm has one or two channels of one position in a group, the rounding of a
// float32 input is divided by √1e-6. In
// float64 the same code comes within 1e-9: `pnpm parity reference
// kl_causal_488_4chn_groupnorm_ch32`.
const looseTolerance = 1e-3;
const blocks = readBlocks();

/** The models of blocks.json: small ones on 16 × 16 pixels, block by block. */
export function blockCases(): readonly ParityCase[] {
  const names = Object.keys(blocks).filter((key) => key.endsWith("/encoder_out"));
  return names.map((key) => {
    const name = key.replace("/encoder_out", "");
    return { name, measure: () => measure(name) };
  });
}

async function measure(name: string): Promise<readonly Row[]> {
  const isGroupNorm = name.endsWith("_groupnorm_ch32");
  const overrides = isGroupNorm ? { ch: 32, norm_type: "groupnorm" } : { ch: 8 };
  const config = configFile(configName(name));
  const model = await createModel(config, { overrides });
  loadHashWeights(model, "last");
  const clips = hashInput("input:x", [2, 3, 17, 16, 16]);
  const made = noGrad(() => results(name, model, clips, isGroupNorm));
  const rows: Row[] = [];
  for (const [part, actual] of made) {
    const key = `${name}/${part}`;
    const golden = blocks[key] as Sampled | { readonly values: readonly number[] } | undefined;
    if (golden === undefined) continue;
    rows.push(
      "values" in golden
        ? numbersRow(key, await actual.readExact(), golden.values, 0)
        : await sampledRow(
            key,
            actual,
            golden,
            isGroupNorm && model.isCausal ? looseTolerance : tolerance,
          ),
    );
  }
  return rows;
}

// `v11_NAME` stands for the v1.1 config of that name.
function configName(name: string): string {
  const plain = name.replace("_groupnorm_ch32", "").replace("v11_", "");
  return name.startsWith("v11_") ? `vidtok_${plain}_v1_1` : `vidtok_${plain}`;
}

function results(
  name: string,
  model: Tokenizer,
  clips: Tensor,
  isGroupNorm: boolean,
): ReadonlyMap<string, Tensor> {
  const first = slice(clips, 0, 0, 1);
  const whole = model.isCausal ? first : slice(first, 2, 0, 16);
  const x = isGroupNorm ? corner(whole, model.isCausal ? 5 : 8) : whole;
  const moments = (clip: Tensor): Tensor => model.encode(clip, { sample: false }).moments;
  const { z, recon, regLog } = model.forward(x, { sample: false, losses: false });
  const size = (blocks[`${name}/encoder_out`] as Sampled).shape.slice(2);
  const latents = hashInput(`input:z:${name}`, [1, model.config.decoder.zChannels, ...size]);
  const made = new Map([
    ["encoder_out", moments(x)],
    ["zq", z],
    ["recon", recon],
    ["decoder_out_for_hashed_z", model.decode(latents)],
  ]);
  if (regLog.indices) made.set("indices", regLog.indices);
  if (`${name}/encoder_out_B2` in blocks) {
    made.set("encoder_out_T16_nopad", moments(slice(x, 2, 0, 16)));
    made.set("encoder_out_T18", moments(concat([x, slice(x, 2, 0, 1)], 2)));
    made.set("encoder_out_B2", moments(clips));
    made.set("level0_block0_spatial", firstBlock(model, x));
  }
  if (`${name}/T33/z_untiled` in blocks) addChunked(made, model);
  return made;
}

/** 33 frames at once, and in the reference's chunks with and without look-ahead. */
function addChunked(made: Map<string, Tensor>, model: Tokenizer): void {
  const x = hashInput("input:xlong", [1, 3, 33, 16, 16]);
  const tiling = { t_chunk_enc: 8 };
  const options = { sample: false, losses: false };
  const whole = model.encode(x, options).z;
  const chunked = model.encode(x, { ...options, tiling }).z;
  const overlapped = { ...tiling, use_overlap: true };
  made.set("T33/z_untiled", whole);
  made.set("T33/dec_untiled", model.decode(whole));
  made.set("T33/z_tiled8", chunked);
  made.set("T33/dec_tiled8_overlap", model.decode(chunked, { tiling: overlapped }));
  made.set("T33/dec_tiled8_nooverlap", model.decode(chunked, { tiling }));
  const { recon } = model.forward(x, { ...options, tiling: overlapped });
  made.set("T33/forward_tiled_overlap_trimmed", recon);
}

function corner(x: Tensor, frames: number): Tensor {
  return slice(slice(slice(x, 2, 0, frames), 3, 0, 8), 4, 0, 8);
}

function firstBlock(model: Tokenizer, x: Tensor): Tensor {
  const hidden = model.encoder.conv_in.forward(x);
  const y = model.encoder.down[0]!.block[0]!.forward(hidden);
  const [n, c, t, h, w] = y.shape as [number, number, number, number, number];
  return reshape(permute(y, [0, 2, 1, 3, 4]), [n * t, c, h, w]);
}
