import { noGrad, Random, reshape, tensor } from "@vidtok/tensor";
import type { FsqConfig } from "../../src/config/modelConfig.ts";
import { FsqRegularizer } from "../../src/regularizers/fsq.ts";
import { FsqCodes } from "../../src/regularizers/fsqCodes.ts";
import { DiagonalGaussianRegularizer } from "../../src/regularizers/kl.ts";
import type { RegularizerPass } from "../../src/regularizers/regularizer.ts";
import { readBlocks } from "./goldens.ts";
import type { Sampled } from "./goldens.ts";
import { hashInput } from "./hash.ts";
import { numbersRow, sampledRow } from "./row.ts";
import type { ParityCase, Row } from "./row.ts";

const tolerance = 1e-5;
const blocks = readBlocks();

interface FsqGolden {
  readonly out: readonly number[];
  readonly indices: readonly number[];
  readonly aux_by_step: Readonly<Record<string, number>>;
  readonly w: readonly number[];
}

/** The shipped options of the FSQ regularizer with other levels. */
export function fsqConfig(levels: readonly number[], changes: Partial<FsqConfig> = {}): FsqConfig {
  return {
    kind: "fsq",
    levels,
    dim: null,
    numCodebooks: 1,
    keepNumCodebooksDim: null,
    entropyLossWeight: 0.1,
    entropyLossAnnealingSteps: 2000,
    entropyLossAnnealingFactor: 3,
    commitmentLossWeight: 0.25,
    diversityGamma: 1,
    ...changes,
  };
}

/** A pass with losses and without noise after `steps` batches. */
export function passAt(steps: number): RegularizerPass {
  return { steps, sample: false, losses: true, random: new Random(0) };
}

/** The `fsq/*` and `kl/*` vectors of blocks.json. */
export function regularizerCases(): readonly ParityCase[] {
  const fsq = [
    [8, 8, 8, 8],
    [8, 5, 5, 5],
    [7, 5, 3],
  ].map((levels) => {
    const name = `fsq/levels_${levels.join("_")}`;
    return { name, measure: () => measureFsq(name, levels) };
  });
  const bounds = [8, 7].map((level) => ({
    name: `fsq/bound_L${level}`,
    measure: () => measureBound(`fsq/bound_L${level}`, level),
  }));
  return [...fsq, ...bounds, { name: "kl", measure: measureKl }];
}

async function measureFsq(name: string, levels: readonly number[]): Promise<readonly Row[]> {
  const golden = blocks[name] as FsqGolden;
  const fsq = new FsqRegularizer(fsqConfig(levels));
  const z = hashInput(`input:fsq${levels.length}`, [2, levels.length, 2, 3, 3], 3);
  const made = noGrad(() => fsq.forward(z, passAt(0)));
  const indices = made.regLog.indices!;
  const again = noGrad(() => fsq.decode(indices));
  const rows = [
    numbersRow(`${name}/out`, await made.z.readExact(), golden.out, 1e-6),
    numbersRow(`${name}/indices`, await indices.readExact(), golden.indices, 0),
    numbersRow(`${name}/from indices`, await again.readExact(), golden.out, 1e-6),
    numbersRow(
      `${name}/w`,
      [0, 500, 1999, 2000].map((step) => fsq.entropyWeight(step)),
      golden.w,
      1e-12,
    ),
  ];
  for (const [step, expected] of Object.entries(golden.aux_by_step)) {
    const { regLog } = noGrad(() => fsq.forward(z, passAt(Number(step))));
    const loss = await regLog.aux_loss!.item();
    // The loss is a difference of larger terms, of about 1 each.
    rows.push({
      golden: `${name}/aux_loss at ${step}`,
      error: Math.abs(loss - expected),
      tolerance,
    });
  }
  return rows;
}

async function measureBound(name: string, level: number): Promise<readonly Row[]> {
  const golden = blocks[name] as Readonly<Record<"z" | "bound" | "q", readonly number[]>>;
  const codes = new FsqCodes([level]);
  const z = tensor(golden.z, [1, 1, golden.z.length, 1, 1]);
  const [bound, quantized] = noGrad(() => [codes.bound(z), codes.quantize(z).codes] as const);
  return [
    numbersRow(name, await bound.readExact(), golden.bound, 1e-6),
    numbersRow(`${name}/q`, await quantized.readExact(), golden.q, 1e-6),
  ];
}

async function measureKl(): Promise<readonly Row[]> {
  const kl = new DiagonalGaussianRegularizer({ kind: "kl", sample: true });
  const moments = hashInput("input:kl", [2, 8, 2, 3, 3], 2);
  const { z, regLog } = noGrad(() => kl.forward(moments, passAt(0)));
  const expected = (blocks["kl/mode"] as { readonly kl_loss: number }).kl_loss;
  const loss = await reshape(regLog.kl_loss!, [1]).readExact();
  return [
    await sampledRow("kl/out", z, blocks["kl/out"] as Sampled, tolerance),
    numbersRow("kl/mode", loss, [expected], tolerance),
  ];
}
