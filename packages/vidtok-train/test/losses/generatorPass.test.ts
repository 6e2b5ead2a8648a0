import "@vidtok/backend-native";
import { Lpips } from "@vidtok/metrics/nets";
import { initialize } from "@vidtok/nn";
import type { BatchNorm, Conv } from "@vidtok/nn";
import {
  abs,
  add,
  conv,
  detach,
  div,
  exp,
  full,
  grad,
  mean,
  mul,
  neg,
  softplus,
  square,
  sub,
  sum,
  tensor,
  useBackend,
} from "@vidtok/tensor";
import type { Tensor } from "@vidtok/tensor";
import { assertClose, noise } from "@vidtok/tensor/testing";
import { beforeAll, expect, test } from "vitest";
import type { AdversarialSettings, LossSettings } from "../../src/config/lossSettings.ts";
import { activeFactor } from "../../src/losses/activeFactor.ts";
import { framesOf } from "../../src/losses/frames.ts";
import { generatorPass } from "../../src/losses/generatorPass.ts";
import { TokenizerLoss } from "../../src/losses/tokenizerLoss.ts";

const adversarial: AdversarialSettings = {
  ...{ kind: "2d", inChannels: 3, layers: 1, loss: "hinge", factor: 0.5, start: 5 },
  ...{ weight: 0.8, isCrossEntropy: true, leCamWeight: 0.01 },
};
const settings: LossSettings = {
  ...{ logvarInit: 0.2, learnLogvar: true, perceptualWeight: 0.7, adversarial },
  regularizationWeights: new Map(),
};

// The smallest net that LPIPS has; what is tested does not depend on which it is.
const net = new Lpips("squeeze");
const loss = new TokenizerLoss(settings, net);

beforeAll(async () => {
  await useBackend("auto");
  initialize({ loss }, 3);
});

const [FRAMES, SIZE] = [2, 20];
const PIXELS = 3 * SIZE * SIZE;

/** A clip, and a reconstruction that is made with a last weight. */
function pair(): { readonly x: Tensor; readonly recon: Tensor; readonly last: Tensor } {
  const features = noise("features", [1, 4, FRAMES, SIZE, SIZE]);
  const last = noise("last", [3, 4, 1, 1, 1]);
  return { x: noise("x", [1, 3, FRAMES, SIZE, SIZE]), recon: conv(features, last), last };
}

/** The loss in one graph, as the reference writes it. */
function direct(
  { settings, logvar, discriminator }: TokenizerLoss,
  x: Tensor,
  recon: Tensor,
): { readonly nll: Tensor; readonly g: Tensor } {
  const distance = sum(net.forward(framesOf(x), framesOf(recon)));
  const absolute = sum(abs(sub(x, recon)));
  const whole = add(absolute, mul(distance, settings.perceptualWeight * PIXELS));
  const nll = add(div(div(whole, exp(logvar.value)), FRAMES), mul(logvar.value, PIXELS));
  const { logits } = discriminator!.train(recon);
  return { nll, g: mean(softplus(neg(mean(logits, [1, 2, 3])))) };
}

async function normOf(x: Tensor): Promise<number> {
  return Math.sqrt(await sum(square(x)).item());
}

async function adaptiveWeight(nll: Tensor, g: Tensor, last: Tensor): Promise<number> {
  const [ofNll, ofG] = [grad(nll, [last])[0]!, grad(g, [last])[0]!];
  return (await normOf(ofNll)) / ((await normOf(ofG)) + 1e-4);
}

const factor = (value: number): Tensor => tensor([value], []);

test("the slope is the gradient of nll + w · factor · g in one graph", async () => {
  const { x, recon, last } = pair();
  const pass = generatorPass(loss, x, recon, last, factor(0.5));
  const { nll, g } = direct(loss, x, recon);
  const weight = adversarial.weight * (await adaptiveWeight(nll, g, last));
  const total = add(nll, mul(g, weight * 0.5));
  const [dRecon, dLogvar, dLast] = grad(total, [recon, loss.logvar.value, last]);
  assertClose(await pass.slope.read(), await dRecon!.read(), 1e-4, "slope");
  assertClose([await pass.logvarSlope.item()], [await dLogvar!.item()], 1e-5, "slope of logvar");
  const through = grad(recon, [last], pass.slope)[0]!;
  assertClose(await through.read(), await dLast!.read(), 1e-4, "slope of the last weight");

  const parts = pass.parts.adversarial!;
  assertClose([await pass.parts.nll.item()], [await nll.item()], 1e-5, "nll");
  assertClose([await parts.g.item()], [await g.item()], 1e-5, "g");
  assertClose([await parts.weight.item()], [weight], 1e-4, "weight");
});

test("before the adversarial part begins, it has a weight but no pull", async () => {
  const { x, recon, last } = pair();
  const pass = generatorPass(loss, x, recon, last, factor(0));
  const { nll, g } = direct(loss, x, recon);
  assertClose(await pass.slope.read(), await grad(nll, [recon])[0]!.read(), 1e-5, "slope");
  const weight = adversarial.weight * (await adaptiveWeight(nll, g, last));
  assertClose([await pass.parts.adversarial!.weight.item()], [weight], 1e-4, "weight");
});

test("the adaptive weight is at most 10⁴ before it is multiplied", async () => {
  const { x, recon, last } = pair();
  const indifferent = new TokenizerLoss({ ...settings, perceptualWeight: 0 });
  initialize({ loss: indifferent }, 3);
  // Its last layer.
  const { weight } = indifferent.discriminator!.main[5] as Conv;
  weight.value = full(weight.shape, 0);
  const pass = generatorPass(indifferent, x, recon, last, factor(1));
  expect(await pass.parts.adversarial!.weight.item()).toBe(Math.fround(0.8 * 1e4));
});

test("without a discriminator and a perceptual loss the slope is that of the absolute error", async () => {
  const { x, recon, last } = pair();
  const plain = new TokenizerLoss({ ...settings, perceptualWeight: 0, adversarial: null });
  initialize({ loss: plain }, 3);
  const pass = generatorPass(plain, x, recon, last, factor(0));
  expect(pass.parts.adversarial).toBeUndefined();
  expect(pass.statistics).toEqual([]);
  const [a, b] = [await x.read(), await recon.read()];
  const expected = a.map((value, i) => (Math.sign(b[i]! - value) * Math.exp(-0.2)) / FRAMES);
  assertClose(await pass.slope.read(), expected, 1e-5, "slope");
});

test("the pass hands out the discriminator's statistics of the reconstruction, and changes none", async () => {
  const { x, recon, last } = pair();
  const norm = loss.discriminator!.main[3] as BatchNorm;
  const before = await norm.running_mean.value.read();
  const { statistics } = generatorPass(loss, x, recon, last, factor(1));
  const own = loss.discriminator!.train(detach(recon)).statistics;
  expect(await statistics[0]!.mean.read()).toEqual(await own[0]!.mean.read());
  expect(await norm.running_mean.value.read()).toEqual(before);
});

test("the adversarial losses begin when the steps of both optimizers reach disc_start", () => {
  // The generator's turn in step k comes after 2 k steps, the discriminator's after 2 k + 1.
  expect([0, 4, 5, 6].map((steps) => activeFactor(settings, steps))).toEqual([0, 0, 0.5, 0.5]);
  expect(activeFactor({ ...settings, adversarial: null }, 9)).toBe(0);
});
