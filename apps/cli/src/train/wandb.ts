import { wandbLogger } from "@vidtok/train";
import type { TrainOptions } from "@vidtok/train";
import type { TrainFlags } from "./flags.ts";

/** The logger that `--wandb` asks for; `say` is told where the run is. */
export function wandb(
  given: TrainFlags,
  say: (text: string) => void,
): Pick<TrainOptions, "logger"> {
  if (!given.wandb) return {};
  const { wandb_project: project, wandb_entity: entity, wandb_id, wandb_key: key } = given;
  return {
    async logger({ name, config, step }) {
      // The same command line, begun again, must not overwrite what it sent before.
      const isTaken = wandb_id !== undefined && step > 0;
      if (isTaken) {
        say(`--wandb_id ${wandb_id} is left out: a resumed run is a new one of Weights & Biases`);
      }
      const id = isTaken ? undefined : wandb_id;
      const logger = await wandbLogger({ project, entity, id, key, name, config });
      say(`${logger.url} gets the scalars; pictures stay in the run's folder`);
      return logger;
    },
  };
}
