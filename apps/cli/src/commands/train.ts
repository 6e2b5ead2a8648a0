import { configPath } from "@vidtok/model";
import { findRun } from "@vidtok/train";
import { UsageError } from "../args/usageError.ts";
import { defineCommand } from "../command.ts";
import { checkPaths } from "../outputs/checkPaths.ts";
import { line } from "../report.ts";
import { printResult } from "../terminal/result.ts";
import { trainFlags } from "../train/flags.ts";
import type { TrainFlags } from "../train/flags.ts";
import { outcome } from "../train/outcome.ts";
import { resolveConfig } from "../train/resolveConfig.ts";
import { runPaths } from "../train/runPaths.ts";
import { trainingView } from "../train/showProgress.ts";
import { startOf } from "../train/startOf.ts";
import { doWorkOnThread } from "../train/workThread.ts";

/** `vidtok train -b CONFIG [a.b.c=value ...]` */
export const train = defineCommand({
  name: "train",
  summary: "Train a tokenizer on videos; a.b.c=value overrides a value of the config.",
  flags: trainFlags,
  rest: { shown: "[a.b.c=value ...]", least: 0, most: Infinity },
  examples: [
    "-b vidtok_fsq_causal_488_4096 data.params.train.params.data_dir=videos",
    "--resume logs/2026-11-22T20-30-05_mine --max_batches 5000",
  ],
  async run(given, overrides, io) {
    checkUsage(given, overrides);
    const { resume } = given;
    const files = given.base.map(configPath);
    const before = resume === undefined ? [] : [findRun(resume).folder.config];
    const config = resolveConfig([...before, ...files], overrides, given, io);
    const run = startOf(given, { file: files[0] ?? "", config }, io);

    checkPaths("train", runPaths(given, { files, config, run }));

    const start = io.now();
    const view = trainingView(io);
    const onStop = (): void => view.say("stopping after this step; once more to stop at once");
    io.signal.addEventListener("abort", onStop);
    const result = await doWorkOnThread({ given, config, run }, view.onTold, io.signal).finally(
      () => {
        io.signal.removeEventListener("abort", onStop);
        view.end();
      },
    );
    const seconds = (io.now() - start) / 1000;
    printResult(io, given.json, { ...result, seconds }, outcome(result, seconds));
    if (!result.isInterrupted) return 0;
    const next = given.train ? `; go on with vidtok train --resume ${result.dir}` : "";
    line(io, `interrupted${next}`);
    return 130;
  },
});

function checkUsage(given: TrainFlags, overrides: readonly string[]): void {
  const { base, resume, name } = given;
  if (base.length === 0 && resume === undefined) {
    throw new UsageError("train: needs -b CONFIG, or --resume RUN");
  }
  if (name !== "" && resume !== undefined) {
    throw new UsageError("train: a resumed run has its name; leave out --name or --resume");
  }
  if (given.resume_from_checkpoint !== undefined && resume !== undefined) {
    throw new UsageError(
      "train: --resume goes on in the same run, --resume_from_checkpoint in a new one; leave out one",
    );
  }
  if (given.scale_lr && resume !== undefined) {
    throw new UsageError(
      "train: a resumed run keeps its learning rate; leave out --scale_lr, or set model.base_learning_rate=RATE",
    );
  }
  const wrong = overrides.find((each) => !/^[\w.]+(=|$)/.test(each));
  if (wrong !== undefined) throw new UsageError(`train: "${wrong}" is not a.b.c=value`);
}
