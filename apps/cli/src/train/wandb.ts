import { wandbLogger } from "@vidtok/train";
import type { TrainOptions } from "@vidtok/train";
import { line } from "../report.ts";
import type { Io } from "../terminal/io.ts";
import type { TrainFlags } from "./flags.ts";

/** The logger that `--wandb` asks for. */
export function wandb(given: TrainFlags, io: Io): Pick<TrainOptions, "logger"> {
  if (!given.wandb) return {};
  const { wandb_project: project, wandb_entity: entity, wandb_id, wandb_key: key } = given;
  return {
    async logger({ name, config, step }) {
      // The same command line, begun again, must not overwrite what it sent before.
      const isTaken = wandb_id !== undefined && step > 0;
      if (isTaken) {
        line(
          io,
          `--wandb_id ${wandb_id} is left out: a resumed run is a new one of Weights & Biases`,
        );
      }
      const id = isTaken ? undefined : wandb_id;
      const logger = await wandbLogger({ project, entity, id, key, name, config });
      line(io, `${logger.url} gets the scalars; pictures stay in the run's folder`);
      return logger;
    },
  };
}
