import { expect, test } from "vitest";
import { parse } from "../../src/args/parse.ts";
import { configPath } from "@vidtok/model";
import { trainFlags } from "../../src/train/flags.ts";
import { resolveConfig } from "../../src/train/resolveConfig.ts";
import { fakeIo } from "../fakeIo.ts";

const files = [configPath("vidtok_kl_causal_488_4chn")];

function resolve(...args: string[]) {
  const io = fakeIo();
  const { values, rest } = parse(args, trainFlags);
  return { config: resolveConfig(files, rest, values, io), err: io.err() };
}

test("the Trainer's parameters are overrides, stronger than spelled ones", () => {
  const { config } = resolve(
    ...["--max_steps", "10", "--max-epochs=2", "--val_check_interval", "5"],
    ...["--num_sanity_val_steps", "-1", "--precision", "32", "--accumulate_grad_batches", "4"],
    "lightning.trainer.max_steps=99",
  );
  expect(config["lightning"]).toMatchObject({
    trainer: {
      ...{ max_steps: 10, max_epochs: 2, val_check_interval: 5, num_sanity_val_steps: -1 },
      ...{ precision: 32, accumulate_grad_batches: 4, benchmark: true },
    },
  });
});

test("--scale_lr multiplies the rate by the clips of a step, and says so", () => {
  const { config, err } = resolve(
    ...["--scale_lr", "--accumulate_grad_batches", "4", "data.params.batch_size=3"],
  );
  expect(config["model"]).toMatchObject({
    base_learning_rate: expect.closeTo(1.2e-4, 12) as number,
  });
  expect(err).toBe(
    "vidtok: learning rate 0.00012 = 4 (accumulate_grad_batches) x 3 (batch_size) x 0.00001 (base_learning_rate)\n",
  );
});

test("what cannot be multiplied stays as it is, for training to refuse", () => {
  const { config, err } = resolve("--scale_lr", "data.params.batch_size=some");
  expect(config["model"]).toMatchObject({ base_learning_rate: 1e-5 });
  expect(err).toBe("");
});
