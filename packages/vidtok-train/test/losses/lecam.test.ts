import { grad, Random, tensor, useBackend } from "@vidtok/tensor";
import type { Tensor } from "@vidtok/tensor";
import { referenceBackend } from "@vidtok/tensor/testing";
import { beforeAll, expect, test } from "vitest";
import type { AdversarialSettings } from "../../src/config/lossSettings.ts";
import { discriminatorTerms } from "../../src/losses/discriminatorPass.ts";
import { leCam, nextAverages } from "../../src/losses/lecam.ts";

beforeAll(() => useBackend(referenceBackend()));

const COUNT = 12;
const before = { real: 0.4, fake: -0.3 };

function logits(seed: number): Tensor {
  return tensor(new Random(seed).uniform(COUNT, -2, 2), [2, 1, 2, 3]);
}

const meanOf = (values: ArrayLike<number>): number =>
  Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;

test("an average keeps 0.999 of itself and takes 0.001 of a batch", () => {
  const next = nextAverages({ real: 1, fake: -2 }, { real: 3, fake: 4 });
  expect(next.real).toBeCloseTo(0.999 + 0.003, 15);
  expect(next.fake).toBeCloseTo(-1.998 + 0.004, 15);
});

test("the penalty holds each logit near the other kind's average, with the batch in it", async () => {
  const [real, fake] = [logits(1), logits(2)];
  const [r, f] = [await real.readExact(), await fake.readExact()];
  const after = nextAverages(before, { real: meanOf(r), fake: meanOf(f) });
  const square = (x: number): number => Math.max(0, x) ** 2;
  const penalty = ({ real, fake }: typeof after): number =>
    meanOf(Array.from(r, (x) => square(x - fake))) + meanOf(Array.from(f, (x) => square(real - x)));
  const found = await leCam(real, fake, before).item();
  expect(found).toBeCloseTo(penalty(after), 12);
  expect(Math.abs(found - penalty(before))).toBeGreaterThan(1e-6);
});

test("the averages are constants for the gradient", async () => {
  const [real, fake] = [logits(1), logits(2)];
  const [r, f] = [await real.readExact(), await fake.readExact()];
  const after = nextAverages(before, { real: meanOf(r), fake: meanOf(f) });
  const [dReal, dFake] = grad(leCam(real, fake, before), [real, fake]);
  (await dReal!.readExact()).forEach((slope, i) => {
    expect(slope).toBeCloseTo((2 * Math.max(0, r[i]! - after.fake)) / COUNT, 12);
  });
  (await dFake!.readExact()).forEach((slope, i) => {
    expect(slope).toBeCloseTo((-2 * Math.max(0, after.real - f[i]!)) / COUNT, 12);
  });
});

const settings: AdversarialSettings = {
  ...{ kind: "2d", inChannels: 3, layers: 1, loss: "hinge", factor: 0.5, start: 0 },
  ...{ weight: 1, isCrossEntropy: false, leCamWeight: 0.25 },
};

test("the discriminator's loss is the factor times its own part and the weighted penalty", async () => {
  const logs = { real: logits(1), fake: logits(2) };
  const terms = discriminatorTerms(settings, logs, tensor([0.5], []), before);
  expect([...terms.keys()]).toEqual([
    ...["disc_loss", "disc_factor", "logits_real", "logits_fake"],
    ...["non_saturated_d_loss", "lecam_loss"],
  ]);
  const value = (name: string): Promise<number> => terms.get(name)!.item();
  const whole = 0.5 * ((await value("non_saturated_d_loss")) + 0.25 * (await value("lecam_loss")));
  expect(await value("disc_loss")).toBeCloseTo(whole, 12);
  expect(await value("logits_real")).toBeCloseTo(meanOf(await logs.real.readExact()), 12);
  expect(await value("logits_fake")).toBeCloseTo(meanOf(await logs.fake.readExact()), 12);
});

test("without a weight there is no penalty", async () => {
  const logs = { real: logits(1), fake: logits(2) };
  const terms = discriminatorTerms({ ...settings, leCamWeight: 0 }, logs, tensor([1], []), before);
  expect(terms.has("lecam_loss")).toBe(false);
  const raw = await terms.get("non_saturated_d_loss")!.item();
  expect(await terms.get("disc_loss")!.item()).toBe(raw);
});
