import { commonFlags } from "../args/commonFlags.ts";
import { choice, list, number, text, toggle } from "../args/flag.ts";

/** The flags of `vidtok train`: the reference's, and where to compute. */
export const trainFlags = {
  base: list("CONFIG", "Configs (names or files), merged left to right", { short: "b" }),
  resume: text("PATH", "Go on with a run: its folder or a checkpoint", undefined, { short: "r" }),
  logdir: text("DIR", "Folder of runs", "logs", { short: "l" }),
  name: text("NAME", "Name of the run", "", { short: "n", shown: "that of the config" }),
  postfix: text("TEXT", "Added to the name", "", { short: "f" }),
  no_date: toggle("Leave the date and time out of the name", false),
  max_batches: number("Stop there, if the config does not sooner", undefined, { least: 1 }),
  seed: number("Of weights, noise and the order of clips", 23, { short: "s" }),
  backend: choice("What computes", ["auto", "native", "gpujs"], "auto"),
  threads: number("Of the native backend", undefined, { least: 1, shown: "all cores" }),
  ...commonFlags,
} as const;
