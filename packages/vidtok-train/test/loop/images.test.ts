import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import "@vidtok/backend-native";
import { stateDict } from "@vidtok/nn";
import { useBackend } from "@vidtok/tensor";
import { beforeAll, expect, test } from "vitest";
import { weightsOf } from "../../src/loop/learner.ts";
import { runSteps } from "../../src/loop/runSteps.ts";
import { fingerprints } from "../fingerprints.ts";
import { tinySession } from "../tinySession.ts";

beforeAll(() => useBackend("auto"));

// Before training, at the third batch of three, and at the second batch of each validation.
const images = [
  "lightning.callbacks.image_logger.params={batch_frequency: 2, batch_frequency_val: 1, max_samples: 1}",
  "lightning.callbacks.image_logger.params.increase_log_steps=false",
  "lightning.callbacks.image_logger.params.log_first_step=false",
];
const validating = "lightning.trainer.val_check_interval=3";
const ema = "model.params.ema_decay=0.5";

test("pictures appear when they are due, and nothing else changes", async () => {
  const plain = await tinySession([ema, validating]);
  const shown = await tinySession([ema, validating, ...images]);
  const alone = await tinySession([validating, ...images]);
  for (const { session, start } of [plain, shown, alone]) await runSteps(session, start);

  // Latents draw noise, so that a stream that was disturbed would show.
  expect(shown.logged.scalars).toEqual(plain.logged.scalars);
  const [a, b] = [shown, plain].map(({ session }) => stateDict(weightsOf(session.learner)));
  expect(await fingerprints(a!)).toEqual(await fingerprints(b!));

  const names = ({ session }: typeof shown, split: string): string[] =>
    readdirSync(join(session.dir, "images", split)).sort();
  const train = ["gs-000000_e-000000_b-000000", "gs-000006_e-000000_b-000002"];
  const at = (places: readonly string[], ...kinds: readonly string[]): string[] =>
    kinds.flatMap((kind) => places.map((place) => `${kind}_${place}.png`)).sort();
  expect(names(shown, "train")).toEqual(at(train, "inputs", "recs", "recs_ema"));
  expect(names(shown, "val")).toEqual(
    at(["gs-000006_e-000000_b-000001"], "inputs", "recs", "recs_ema"),
  );
  expect(names(alone, "train")).toEqual(at(train, "inputs", "recs"));
  expect(existsSync(join(plain.session.dir, "images"))).toBe(false);
  expect(readdirSync(join(shown.session.dir, "videos", "val"))).toEqual([
    "inputs_recs_gs-000006_e-000000_b-000001.mp4",
  ]);

  // Each was logged once, at the step of training that it belongs to; recs are those of the trained weights.
  const logged = ({ logged }: typeof shown) =>
    logged.images.map(({ step, images }) => [step, ...images.keys()]);
  expect(logged(shown)).toEqual([
    ...[0, 3].map((step) => [step, "train/inputs", "train/recs", "train/recs_ema"]),
    [3, "val/inputs", "val/recs", "val/recs_ema"],
  ]);
  for (const [i, { images }] of shown.logged.images.entries()) {
    for (const [name, image] of alone.logged.images[i]!.images) {
      expect(images.get(name), name).toEqual(image);
    }
  }
  const last = shown.logged.images.at(-1)!.images;
  expect(last.get("val/recs_ema")).not.toEqual(last.get("val/recs"));
});
