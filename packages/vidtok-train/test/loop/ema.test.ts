import "@vidtok/backend-native";
import { loadStateDict, stateDict } from "@vidtok/nn";
import { useBackend } from "@vidtok/tensor";
import { beforeAll, expect, test } from "vitest";
import { weightsOf } from "../../src/loop/learner.ts";
import { runSteps } from "../../src/loop/runSteps.ts";
import { trainStep } from "../../src/loop/trainStep.ts";
import { validateAndLog } from "../../src/loop/validateAndLog.ts";
import { fingerprints } from "../fingerprints.ts";
import { adversarial, tinyBatch, tinyLearner } from "../tinyLearner.ts";
import { clipSource, tinySession } from "../tinySession.ts";

beforeAll(() => useBackend("auto"));

const ema = "model.params.ema_decay=0.5";
const isAveraged = (name: string): boolean => name.startsWith("val_ema/");

test("averages are validated only where there are some", async () => {
  const without = await tinySession([]);
  const names = [...(await validateAndLog(without.session, without.start)).keys()];
  expect(names).toContain("val/rec_loss");
  expect(names.some(isAveraged)).toBe(false);

  const { session, start, logged } = await tinySession([ema]);
  const named = await validateAndLog(session, start);
  expect([...named.keys()]).toEqual([
    ...names,
    ...names.map((name) => name.replace("val/", "val_ema/")),
  ]);
  expect(logged.scalars).toEqual([{ step: 0, values: Object.fromEntries(named) }]);
});

test("val_ema is a validation with the averaged weights, and the trained ones come back", async () => {
  const { session, start } = await tinySession([ema, ...adversarial], { steps: 2 });
  const { state } = await runSteps(session, start);
  const { learner } = session;
  const weights = weightsOf(learner);
  const before = await fingerprints(stateDict(weights));
  const named = await validateAndLog(session, state);
  expect(await fingerprints(stateDict(weights))).toEqual(before);
  const averages = learner.ema!.state();
  expect(averages.updates).toBe(2);

  const other = await tinySession(adversarial);
  other.session.learner.loss.averages = learner.loss.averages;
  const averaged = new Map([...stateDict(weights), ...averages.shadow]);
  await loadStateDict(weightsOf(other.session.learner), averaged);
  const expected = await validateAndLog(other.session, state);
  for (const [name, value] of expected) {
    expect(named.get(name.replace("val/", "val_ema/")), name).toBe(value);
  }
  expect(named.get("val/rec_loss")).not.toBe(named.get("val_ema/rec_loss"));
});

test("the trained weights come back also when a validation fails", async () => {
  // The clips can be had in the first pass, and then no more.
  let clips = 0;
  const good = clipSource("val", 2);
  const validation = {
    length: 2,
    item: (index: number, random: () => number) =>
      ++clips > 3 ? Promise.reject(new Error("gone")) : good.item(index, random),
  };
  const { session, start } = await tinySession([ema], { validation, steps: 1 });
  const state = { ...start, step: 1 };
  await trainStep(session.learner, [tinyBatch("a")], { globalStep: 0, lrFactor: 1 });
  const weights = weightsOf(session.learner);
  const before = await fingerprints(stateDict(weights));
  await expect(validateAndLog(session, state)).rejects.toThrow("gone");
  expect(clips).toBeGreaterThan(3);
  expect(await fingerprints(stateDict(weights))).toEqual(before);
});

test("frozen weights have no average, and a step of several batches counts once", async () => {
  const frozen = "model.params.encoder_config.params.fix_encoder=true";
  const learner = await tinyLearner([ema, frozen, ...adversarial]);
  await trainStep(learner, [tinyBatch("a"), tinyBatch("b")], { globalStep: 0, lrFactor: 1 });
  const { updates, shadow } = learner.ema!.state();
  expect(updates).toBe(1);
  const names = [...shadow.keys()];
  expect(names.some((name) => name.startsWith("encoder."))).toBe(false);
  expect(names).toContain("decoder.conv_out.conv.weight");
  expect(names).toContain("loss.logvar");
  expect(names).toContain("loss.discriminator.main.0.weight");
  expect(names.some((name) => name.includes("running"))).toBe(false);
});
