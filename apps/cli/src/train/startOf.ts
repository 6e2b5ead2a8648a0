import { lastRun } from "@vidtok/train";
import type { TrainOptions } from "@vidtok/train";
import { line } from "../report.ts";
import type { Io } from "../terminal/io.ts";
import type { TrainFlags } from "./flags.ts";
import { isRunOf, runName } from "./runName.ts";

/** The run to go on with, or the name of a new one. */
export type Start = Pick<TrainOptions, "resume" | "name" | "from">;

/** What the flags ask for, `config` being the first: a certain run, a certain checkpoint in a new run, the last run of this name, or a new run. */
export function startOf(given: TrainFlags, config: string, io: Io): Start {
  const { resume, resume_from_checkpoint: from, checkpoint_auto_resume, logdir } = given;
  if (resume !== undefined) return { resume };
  const name = runName(config, given, new Date());
  if (from !== undefined) return { name, from };
  const isOurs = (folder: string): boolean => isRunOf(folder, config, given);
  const last = checkpoint_auto_resume ? lastRun(logdir, isOurs) : undefined;
  if (last === undefined) return { name };
  line(io, `going on with ${last}; --checkpoint_auto_resume no starts afresh`);
  return { resume: last };
}
