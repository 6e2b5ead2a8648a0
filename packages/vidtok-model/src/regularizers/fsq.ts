import { Linear } from "@vidtok/nn";
import {
  add,
  detach,
  E,
  elementwise,
  mean,
  mul,
  permute,
  reshape,
  ShapeError,
  show,
  sub,
  tensor,
} from "@vidtok/tensor";
import type { Tensor } from "@vidtok/tensor";
import type { FsqConfig } from "../config/modelConfig.ts";
import { FsqCodes } from "./fsqCodes.ts";
import { fsqEntropies } from "./fsqEntropy.ts";
import type { RegLog, Regularizer, RegularizerPass } from "./regularizer.ts";

const squaredDistance = elementwise((a, b) => E.mul(E.sub(a!, b!), E.sub(a!, b!)));

/** Finite scalar quantization: every latent channel is rounded to one of a few levels, so a position is one code number. */
export class FsqRegularizer implements Regularizer {
  readonly project_in: Linear | undefined;
  readonly project_out: Linear | undefined;
  readonly #config: FsqConfig;
  readonly #codes: FsqCodes;
  readonly #channels: number;

  constructor(config: FsqConfig) {
    const inner = config.levels.length * config.numCodebooks;
    this.#config = config;
    this.#codes = new FsqCodes(config.levels);
    this.#channels = config.dim ?? inner;
    const isProjected = this.#channels !== inner;
    this.project_in = isProjected ? new Linear(this.#channels, inner) : undefined;
    this.project_out = isProjected ? new Linear(inner, this.#channels) : undefined;
    if (config.keepNumCodebooksDim === false && config.numCodebooks > 1) {
      throw new RangeError(
        `fsq: keep_num_codebooks_dim is false, but ${config.numCodebooks} codebooks need that axis`,
      );
    }
  }

  /** The number of codes in a codebook. */
  get codebookSize(): number {
    return this.#codes.size;
  }

  forward(
    moments: Tensor,
    { steps, losses }: RegularizerPass,
  ): { readonly z: Tensor; readonly regLog: RegLog } {
    if (moments.shape.length !== 5 || moments.shape[1] !== this.#channels) {
      throw new ShapeError(
        `fsq: the encoder's output ${show(moments.shape)} has ${moments.shape[1]} channels but levels ` +
          `[${this.#config.levels.join(", ")}] take ${this.#channels}`,
      );
    }
    const inner = this.#split(project(this.project_in, moments));
    const { codes, indices } = this.#codes.quantize(inner);
    const regLog = { indices: this.#publish(indices) };
    return {
      z: project(this.project_out, reshape(codes, joined(codes))),
      regLog: losses ? { ...regLog, aux_loss: this.#auxLoss(inner, codes, steps) } : regLog,
    };
  }

  /** The latents `[n, z, t, h, w]` of code numbers as `forward` reports them. */
  decode(indices: Tensor): Tensor {
    const { numCodebooks } = this.#config;
    const isKept = this.#keepsAxis();
    if (
      indices.shape.length !== (isKept ? 5 : 4) ||
      (isKept && indices.shape[4] !== numCodebooks)
    ) {
      const needed = isKept ? `[n, t, h, w, ${numCodebooks}]` : "[n, t, h, w]";
      throw new ShapeError(
        `decodeIndices: indices are ${show(indices.shape)} and have to be ${needed}`,
      );
    }
    const [n, t, h, w] = indices.shape as [number, number, number, number];
    const last = reshape(indices, [n, t, h, w, numCodebooks]);
    const split = reshape(permute(last, [0, 4, 1, 2, 3]), [n, numCodebooks, 1, t, h, w]);
    const codes = this.#codes.fromIndices(split);
    return project(this.project_out, reshape(codes, joined(codes)));
  }

  /** The weight of the entropy loss after `steps` batches: it falls in a line from factor · weight to weight. */
  entropyWeight(steps: number): number {
    const { entropyLossWeight: weight, entropyLossAnnealingSteps: end } = this.#config;
    if (steps >= end) return weight;
    const start = this.#config.entropyLossAnnealingFactor * weight;
    return start - (steps / end) * (start - weight);
  }

  #keepsAxis(): boolean {
    return this.#config.keepNumCodebooksDim ?? this.#config.numCodebooks > 1;
  }

  // [n, codebooks · d, t, h, w] → [n, codebooks, d, t, h, w]
  #split(x: Tensor): Tensor {
    const [n, , t, h, w] = x.shape as [number, number, number, number, number];
    return reshape(x, [n, this.#config.numCodebooks, this.#config.levels.length, t, h, w]);
  }

  // [n, codebooks, 1, t, h, w] → [n, t, h, w] or [n, t, h, w, codebooks]
  #publish(indices: Tensor): Tensor {
    const [n, c, , t, h, w] = indices.shape as [number, number, number, number, number, number];
    const last = permute(reshape(indices, [n, c, t, h, w]), [0, 2, 3, 4, 1]);
    return this.#keepsAxis() ? last : reshape(last, [n, t, h, w]);
  }

  // Both losses compare the encoder's own output, not its bounded values, with the codes.
  #auxLoss(z: Tensor, codes: Tensor, steps: number): Tensor {
    const { entropyLossWeight, commitmentLossWeight, diversityGamma } = this.#config;
    const parts: Tensor[] = [];
    if (entropyLossWeight > 0) {
      const [, c, d] = z.shape as [number, number, number];
      const rows = reshape(permute(z, [1, 0, 3, 4, 5, 2]), [c, -1, d]);
      const { perSample, codebook } = fsqEntropies(rows, this.#codes);
      parts.push(mul(sub(perSample, mul(codebook, diversityGamma)), this.entropyWeight(steps)));
    }
    if (commitmentLossWeight > 0) {
      parts.push(mul(mean(squaredDistance(z, detach(codes))), commitmentLossWeight));
    }
    return parts.length > 0
      ? parts.reduce((a, b) => add(a, b))
      : tensor([0], [], { backend: z.backend });
  }
}

// [n, codebooks, d, t, h, w] → [n, codebooks · d, t, h, w]
function joined(x: Tensor): number[] {
  const [n, c, d, ...rest] = x.shape as [number, number, number, number, number, number];
  return [n, c * d, ...rest];
}

function project(layer: Linear | undefined, x: Tensor): Tensor {
  if (!layer) return x;
  return permute(layer.forward(permute(x, [0, 2, 3, 4, 1])), [0, 4, 1, 2, 3]);
}
