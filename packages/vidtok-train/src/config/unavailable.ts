import { ConfigError } from "@vidtok/model";
import type { ConfigNode, ConfigValue } from "@vidtok/model";
import { lookup } from "./lookup.ts";

/** Something that configs can ask for and training cannot do yet. */
interface Absence {
  readonly path: string;
  /** What the reference takes where the config is silent. */
  readonly fallback: ConfigValue;
  readonly what: string;
  readonly works: (value: ConfigValue) => boolean;
  /** The override with which it runs. */
  readonly instead: string;
}

const isZero = (value: ConfigValue): boolean => value === 0;
const isOne = (value: ConfigValue): boolean => value === 1;
const isNull = (value: ConfigValue): boolean => value === null;

const ABSENCES: readonly Absence[] = [
  {
    path: "model.params.loss_config.params.perceptual_weight",
    fallback: 1,
    what: "the perceptual loss (LPIPS)",
    works: isZero,
    instead: "0",
  },
  {
    path: "model.params.loss_config.params.disc_factor",
    fallback: 1,
    what: "the adversarial loss",
    works: isZero,
    instead: "0",
  },
  {
    path: "model.params.ema_decay",
    fallback: null,
    what: "averaging the weights",
    works: isNull,
    instead: "null",
  },
  {
    path: "model.params.optimizer_config",
    fallback: null,
    what: "choosing an optimizer",
    works: isNull,
    instead: "null",
  },
  {
    path: "lightning.trainer.accumulate_grad_batches",
    fallback: 1,
    what: "gradient accumulation",
    works: isOne,
    instead: "1",
  },
  {
    path: "lightning.trainer.num_nodes",
    fallback: 1,
    what: "training on several machines",
    works: isOne,
    instead: "1",
  },
  {
    path: "lightning.trainer.devices",
    fallback: "auto",
    what: "training on several devices",
    works: (value) => value === "auto" || value === 1,
    instead: "auto",
  },
];

/** Throws if the config asks for what is not there yet, and names the overrides that make it run. */
export function checkAvailable(config: ConfigNode): void {
  const missing = ABSENCES.filter(
    ({ path, fallback, works }) => !works(lookup(config, path) ?? fallback),
  );
  if (missing.length === 0) return;
  const what = missing.map(({ what }) => what).join(", ");
  const asked = missing
    .map(({ path, fallback }) => `${path}=${JSON.stringify(lookup(config, path) ?? fallback)}`)
    .join(" ");
  const instead = missing.map(({ path, instead }) => `${path}=${instead}`).join(" ");
  throw new ConfigError(
    `train: the config asks for ${what} (${asked}), not available yet; to train without, add ${instead}`,
  );
}
