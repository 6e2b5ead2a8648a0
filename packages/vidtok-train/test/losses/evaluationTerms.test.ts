import "@vidtok/backend-native";
import { stateDict } from "@vidtok/nn";
import { noGrad, tensor, useBackend } from "@vidtok/tensor";
import { assertClose } from "@vidtok/tensor/testing";
import { beforeAll, expect, test } from "vitest";
import { weightsOf } from "../../src/loop/learner.ts";
import { discriminatorTerms } from "../../src/losses/discriminatorPass.ts";
import { evaluationTerms } from "../../src/losses/evaluationTerms.ts";
import { fingerprints } from "../fingerprints.ts";
import { adversarial, tinyBatch, tinyLearner } from "../tinyLearner.ts";

beforeAll(() => useBackend("auto"));

const start = "model.params.loss_config.params.disc_start=5";

test("both passes are measured; the adaptive weight needs gradients and counts as 0", async () => {
  const { model, loss } = await tinyLearner([...adversarial, start]);
  loss.averages = { real: 0.3, fake: -0.2 };
  const before = await fingerprints(stateDict(weightsOf({ model, loss })));
  const { jpg, shape } = tinyBatch("a");
  const x = tensor(jpg, shape);
  const made = noGrad(() => model.forward(x, { globalStep: 6 }));
  const terms = evaluationTerms(loss, x, made, 6);
  expect([...terms.keys()]).toEqual([
    ...["total_loss", "nll_loss", "rec_loss", "d_weight", "disc_factor", "g_loss", "aux_loss"],
    ...["logvar", "disc_loss", "logits_real", "logits_fake", "non_saturated_d_loss", "lecam_loss"],
  ]);
  const value = (name: string): Promise<number> => terms.get(name)!.item();
  expect(await value("d_weight")).toBe(0);
  expect(await value("disc_factor")).toBe(1);
  const total = (await value("nll_loss")) + (await value("aux_loss"));
  assertClose([await value("total_loss")], [total], 1e-6);

  // Batch norms use their running statistics here, and LeCam the averages with this batch in them.
  const { discriminator, settings } = loss;
  const [real, fake] = [discriminator!.forward(x), discriminator!.forward(made.recon)];
  const logits = { real, fake };
  const one = tensor([1], []);
  const own = discriminatorTerms(settings.adversarial!, logits, one, loss.averages);
  for (const [name, term] of own) expect(await value(name), name).toBe(await term.item());

  expect(loss.averages).toEqual({ real: 0.3, fake: -0.2 });
  expect(await fingerprints(stateDict(weightsOf({ model, loss })))).toEqual(before);
});

test("before disc_start the discriminator's loss counts as 0", async () => {
  const { model, loss } = await tinyLearner([...adversarial, start]);
  const { jpg, shape } = tinyBatch("a");
  const x = tensor(jpg, shape);
  const terms = evaluationTerms(
    loss,
    x,
    noGrad(() => model.forward(x)),
    4,
  );
  expect(await terms.get("disc_loss")!.item()).toBe(0);
  expect(await terms.get("non_saturated_d_loss")!.item()).toBeGreaterThan(0);
});
