import { mkdirSync } from "node:fs";
import type { ClipSource, Image } from "@vidtok/data";
import { hashValues } from "@vidtok/tensor/testing";
import { trainSettings } from "../src/config/trainSettings.ts";
import { createLearner, createWeights } from "../src/loop/learner.ts";
import type { Session } from "../src/loop/session.ts";
import type { TrainState } from "../src/loop/trainState.ts";
import { Checkpoints } from "../src/run/checkpoints.ts";
import { runFolder } from "../src/run/runFolder.ts";
import { newFolder, tinyConfig } from "./tinyRun.ts";

/** Clips of 5 × 16 × 16 that no video is decoded for; number `broken` cannot be had. */
export function clipSource(name: string, length: number, broken?: number): ClipSource {
  return {
    length,
    item(index) {
      const path = `${name}${index}.mp4`;
      if (index === broken) return Promise.reject(new Error(`${path} is broken`));
      const jpg = hashValues(path, 3 * 5 * 16 * 16);
      return Promise.resolve({ jpg, shape: [3, 5, 16, 16], path });
    },
  };
}

/** What a session logged. */
export interface Logged {
  readonly scalars: { readonly step: number; readonly values: Record<string, number> }[];
  readonly images: { readonly step: number; readonly images: ReadonlyMap<string, Image> }[];
}

/** What `tinySession` is made with besides overrides. */
export interface SessionOptions {
  readonly regularizer?: "fsq" | "kl";
  readonly source?: ClipSource;
  readonly validation?: ClipSource;
  readonly steps?: number;
}

/** A session of `tinyConfig` on generated clips, and what it logs without what depends on the clock. */
export async function tinySession(
  overrides: readonly string[],
  { regularizer = "kl", steps = 3, ...sources }: SessionOptions = {},
): Promise<{ readonly session: Session; readonly start: TrainState; readonly logged: Logged }> {
  const config = tinyConfig("videos", overrides, regularizer);
  const settings = trainSettings(config);
  const learner = createLearner(await createWeights(config, settings, { seed: 5 }), settings);
  const folder = runFolder(newFolder());
  mkdirSync(folder.checkpoints);
  const logged: Logged = { scalars: [], images: [] };
  const session: Session = {
    ...{ settings, learner, steps, dir: folder.dir, monitored: null, signal: undefined },
    source: clipSource("train", 4),
    validation: clipSource("val", 2),
    ...sources,
    checkpoints: await Checkpoints.open(folder, settings.checkpoints),
    log: {
      scalars(step, scalars) {
        const isMeasured = (name: string): boolean =>
          !/steps_per_second|data_wait|peak_memory/.test(name);
        const values = [...scalars].filter(([name]) => isMeasured(name));
        logged.scalars.push({ step, values: Object.fromEntries(values) });
      },
      images(step, images) {
        logged.images.push({ step, images });
      },
      close: () => Promise.resolve(),
    },
    tell: () => undefined,
  };
  const noise = learner.model.random.state;
  return { session, start: { seed: 5, step: 0, epoch: 0, batch: 0, noise }, logged };
}
