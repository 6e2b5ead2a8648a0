import { loadConfig } from "@vidtok/model";
import { useBackend } from "@vidtok/tensor";
import { findRun, train as runTraining } from "@vidtok/train";
import type { TrainResult } from "@vidtok/train";
import { UsageError } from "../args/usageError.ts";
import { defineCommand } from "../command.ts";
import { configFile } from "../configFile.ts";
import { line } from "../report.ts";
import { printResult } from "../terminal/result.ts";
import { duration } from "../terminal/units.ts";
import { trainFlags } from "../train/flags.ts";
import { runName } from "../train/runName.ts";
import { trainingView } from "../train/showProgress.ts";

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
    const { base, resume, name, backend: choice, threads } = given;
    if (base.length === 0 && resume === undefined) {
      throw new UsageError("train: needs -b CONFIG, or --resume RUN");
    }
    if (name !== "" && resume !== undefined) {
      throw new UsageError("train: a resumed run has its name; leave out --name or --resume");
    }
    const wrong = overrides.find((each) => !/^[\w.]+(=|$)/.test(each));
    if (wrong !== undefined) throw new UsageError(`train: "${wrong}" is not a.b.c=value`);
    const files = base.map(configFile);
    const before = resume === undefined ? [] : [findRun(resume).folder.config];
    const config = loadConfig([...before, ...files], overrides);

    const start = io.now();
    const backend = await useBackend(choice, {
      ...(threads === undefined ? {} : { threads }),
      onUnavailable: (each, reason) => line(io, `${each} is not used: ${reason}`),
    });
    const view = trainingView(io);
    const result = await runTraining({
      ...{ config, backend, logdir: given.logdir, seed: given.seed, signal: io.signal },
      ...(resume === undefined ? { name: runName(files[0]!, given, new Date()) } : { resume }),
      ...(given.max_batches === undefined ? {} : { maxSteps: given.max_batches }),
      onProgress: (event) => view.onEvent(event),
    }).finally(() => view.end());
    const seconds = (io.now() - start) / 1000;
    printResult(io, given.json, { ...result, seconds }, lines(result, seconds));
    if (!result.isInterrupted) return 0;
    line(io, `interrupted; go on with vidtok train --resume ${result.dir}`);
    return 130;
  },
});

function lines(result: TrainResult, seconds: number): (readonly [string, string])[] {
  const { scalars } = result;
  const of = (split: string): string =>
    `loss ${scalars[`${split}/rec_loss`]?.toPrecision(4) ?? "-"}, psnr ${scalars[`${split}/psnr`]?.toFixed(2) ?? "-"} dB`;
  return [
    ["run", result.dir],
    ["checkpoint", result.checkpoint],
    ["batches", `${result.step}, epoch ${result.epoch}`],
    ["train", of("train")],
    ...("val/rec_loss" in scalars ? [["validation", of("val")] as const] : []),
    ["backend", `${result.backend} (${result.mode})`],
    ["time", duration(seconds * 1000)],
  ];
}
