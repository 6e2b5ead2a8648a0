import { describeLoad, isRenamed, listNames } from "@vidtok/nn";
import type { LoadReport } from "@vidtok/nn";

/** What a user should know about the weights that a model took from a checkpoint. */
export function loadNotes(
  report: LoadReport | undefined,
  ckpt: string | undefined,
): readonly string[] {
  if (!report) return ["weights are random, since there is no --ckpt"];
  const { missing, ignored, unexpected } = report;
  // A checkpoint of a training run also has what only training needs.
  const unknown = unexpected.filter((name) => !/^(loss|optimizer_states|model_ema)\./.test(name));
  const note = (names: readonly string[], text: string): readonly string[] =>
    names.length === 0 ? [] : [`${names.length} weights are ${text} ${listNames(names)}`];
  return [
    ...(isRenamed(report) ? [`${ckpt}: ${describeLoad(report)}`] : []),
    ...note(missing, "random, the checkpoint lacks"),
    ...note(ignored, "random, ignore_keys leaves out"),
    ...note(unknown, "not used:"),
  ];
}
