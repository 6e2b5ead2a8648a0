import type { TrainResult, ValidateResult } from "@vidtok/train";
import { duration } from "../terminal/units.ts";

type Line = readonly [name: string, value: string];

/** The lines that tell how a training ended, or a validation: of that every number. */
export function outcome(result: TrainResult | ValidateResult, seconds: number): readonly Line[] {
  const { dir, step, epoch, scalars, backend, mode } = result;
  const told: readonly Line[] =
    "checkpoint" in result
      ? [["train", mainScalars(scalars, "train")], ...validationOf(scalars)]
      : Object.entries(scalars).map(([name, value]) => [name, value.toPrecision(6)]);
  return [
    ["run", dir],
    ...("checkpoint" in result ? [["checkpoint", result.checkpoint] as const] : []),
    ["steps", `${step}, epoch ${epoch}`],
    ...told,
    ["backend", `${backend} (${mode})`],
    ["time", duration(seconds * 1000)],
  ];
}

function validationOf(scalars: TrainResult["scalars"]): readonly Line[] {
  return "val/rec_loss" in scalars ? [["validation", mainScalars(scalars, "val")]] : [];
}

function mainScalars(scalars: TrainResult["scalars"], split: string): string {
  const [loss, psnr] = [scalars[`${split}/rec_loss`], scalars[`${split}/psnr`]];
  return `loss ${loss?.toPrecision(4) ?? "-"}, psnr ${psnr?.toFixed(2) ?? "-"} dB`;
}
