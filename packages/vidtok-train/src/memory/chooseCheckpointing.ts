import { availableMemory } from "node:process";
import { loadConfig } from "@vidtok/model";
import type { ResolvedConfig } from "@vidtok/model";
import { lookup } from "../config/lookup.ts";
import type { TrainSettings } from "../config/trainSettings.ts";
import { stepBytes } from "./stepBytes.ts";

const HALVES = ["encoder_config", "decoder_config"];
// The rest is for gaps between storages, decoded clips and the process itself: `pnpm bench:train` shows up to 1.1 times the tensors.
const SHARE = 0.85;

const gigabytes = (bytes: number): string => `${(bytes / 1e9).toPrecision(3)} GB`;

/**
 * The config with gradient checkpointing (Chen et al. 2016) turned on if a training step needs more memory than is free without it, and what to
 * tell about that. A config that asks for it keeps it.
 */
export async function chooseCheckpointing(
  config: ResolvedConfig,
  settings: TrainSettings,
  available: number = availableMemory(),
): Promise<{ readonly config: ResolvedConfig; readonly text: string }> {
  const paths = HALVES.map((half) => `model.params.${half}.params.use_checkpoint`);
  const isAsked = paths.some((path) => lookup(config, path) === true);
  const plain = await stepBytes(config, settings);
  const free = `${gigabytes(available)} are free`;
  const room = SHARE * available;
  if (isAsked || plain <= room) {
    const how = isAsked
      ? "with the gradient checkpointing asked for"
      : "without gradient checkpointing";
    return { config, text: `a step takes ${gigabytes(plain)} of tensors ${how}; ${free}` };
  }
  const changed = loadConfig(
    config,
    paths.map((path) => `${path}=true`),
  );
  const less = await stepBytes(changed, settings);
  const enough = less <= room ? "" : ", which may not suffice: a smaller batch or clip helps";
  return {
    config: changed,
    text:
      `a step takes ${gigabytes(plain)} of tensors and ${free}: gradient checkpointing is turned on, ` +
      `with which it takes ${gigabytes(less)}${enough}`,
  };
}
