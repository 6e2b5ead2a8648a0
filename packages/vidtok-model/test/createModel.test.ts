import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeSafetensors, writeTorchZip } from "@vidtok/nn";
import type { LoadReport, TensorToWrite } from "@vidtok/nn";
import { currentBackend, tensor, useBackend } from "@vidtok/tensor";
import type { Backend, Tensor } from "@vidtok/tensor";
import { referenceBackend } from "@vidtok/tensor/testing";
import { afterAll, expect, test } from "vitest";
import { createModel } from "../src/createModel.ts";
import type { Tokenizer } from "../src/tokenizer.ts";
import { microConfig, microModel } from "./microModel.ts";
import { configFile } from "./parity/goldens.ts";

const folder = mkdtempSync(join(tmpdir(), "vidtok-model-"));
afterAll(() => rmSync(folder, { recursive: true }));

async function valuesOf(model: Tokenizer): Promise<Map<string, Float32Array>> {
  const values = new Map<string, Float32Array>();
  for (const [name, value] of model.stateDict()) values.set(name, await value.read());
  return values;
}

async function save(model: Tokenizer, name: string, without: string[] = []): Promise<string> {
  const path = join(folder, name);
  const values = await valuesOf(model);
  const tensors = [...model.stateDict()]
    .filter(([key]) => !without.includes(key))
    .map(([key, { shape }]) => [key, { dtype: "f32", shape, data: values.get(key)! }] as const);
  await writeSafetensors(path, [
    ...tensors,
    ["loss.logvar", { dtype: "f32", shape: [], data: new Float32Array(1) }],
  ]);
  return path;
}

test("random weights follow the seed, and the last convolution along time starts at zero", async () => {
  const [a, b, c] = await Promise.all([{ seed: 1 }, { seed: 1 }, { seed: 2 }].map(microModel));
  const name = "encoder.conv_in.conv.weight";
  const last = "encoder.down_temporal.0.block.0.conv2.conv.weight";
  const [va, vb, vc] = await Promise.all([a!, b!, c!].map(valuesOf));
  expect(va).toEqual(vb);
  expect(va!.get(name)).not.toEqual(vc!.get(name));
  expect(Math.max(...va!.get(last)!)).toBe(0);
  expect(Math.max(...va!.get(name)!)).toBeLessThan(1 / 9);
  expect(va!.get("decoder.up_temporal.1.upsample.mix_factor")).toEqual(Float32Array.of(2));
});

test("overrides reach encoder and decoder", async () => {
  const model = await createModel(microConfig(), {
    overrides: { ch: 8 },
    backend: referenceBackend(),
  });
  expect(model.namedParameters().get("encoder.conv_in.conv.weight")?.shape[0]).toBe(8);
  expect(model.namedParameters().get("decoder.norm_out.norm.weight")?.shape).toEqual([8]);
});

test("the backend in use is kept when none is named", async () => {
  const backend = await useBackend(referenceBackend());
  await createModel(microConfig());
  expect(currentBackend()).toBe(backend);
});

test("a checkpoint gives the weights, and what did not meet is reported", async () => {
  const saved = await microModel({ seed: 3 });
  const missing = "decoder.conv_out.conv.bias";
  const path = await save(saved, "a.safetensors", [missing]);
  let report: LoadReport | undefined;
  const options = { seed: 4, ckpt: path, allowMissing: true };
  const model = await microModel({ ...options, onLoad: (r) => (report = r) });
  const total = model.namedParameters().size;
  expect(report).toEqual({
    ...{ loaded: total - 1, missing: [missing], ignored: [], unexpected: ["loss.logvar"] },
    naming: { under: "", without: [], unused: [] },
  });
  const [expected, found] = [await valuesOf(saved), await valuesOf(model)];
  expect(found.get(missing)).not.toEqual(expected.get(missing));
  for (const map of [expected, found]) map.delete(missing);
  expect(found).toEqual(expected);
});

test("the config's ckpt_path is loaded without the keys it ignores", async () => {
  const saved = await microModel({ seed: 3 });
  const path = await save(saved, "b.safetensors");
  const engine = { ckpt_path: path, ignore_keys: ["decoder\\.", "loss"] };
  let report: LoadReport | undefined;
  await microModel({ seed: 4, engine, onLoad: (r) => (report = r) });
  expect(report).toMatchObject({ unexpected: [], missing: [] });
  expect(report?.ignored.length).toBeGreaterThan(0);
  expect(report?.ignored.every((name) => name.startsWith("decoder."))).toBe(true);
});

test("a checkpoint that lacks weights is refused unless they may be missing", async () => {
  const missing = ["decoder.conv_out.conv.bias", "encoder.conv_in.conv.bias"];
  const path = await save(await microModel(), "part.safetensors", missing);
  const total = (await microModel()).namedParameters().size;
  await expect(microModel({ ckpt: path })).rejects.toThrow(
    `checkpoint: ${path}: has ${total - 2} of the model's ${total} weights and lacks 2 ` +
      "(encoder.conv_in.conv.bias, decoder.conv_out.conv.bias); " +
      "--allow_missing (allowMissing in code) starts those from random values",
  );
});

test("a checkpoint of another model is refused with names of both, missing weights allowed or not", async () => {
  const path = join(folder, "other.safetensors");
  const data = new Float32Array(1);
  const names = ["features.0.weight", "features.0.bias", "head.weight", "head.bias"];
  const tensors = names.map((name) => [name, { dtype: "f32", shape: [1], data }] as const);
  await writeSafetensors(path, tensors);
  const error =
    `checkpoint: ${path}: none of its 4 tensors (features.0.weight, features.0.bias, head.weight, …) ` +
    "is one of the model's ";
  await expect(microModel({ ckpt: path })).rejects.toThrow(error);
  await expect(microModel({ ckpt: path, allowMissing: true })).rejects.toThrow(
    /\(encoder\.conv_in\.conv\.weight, encoder\.conv_in\.conv\.bias, encoder\.\S+, …\); choose/,
  );
});

test("a state that torch.compile renamed gives the same weights, with and without compile_model", async () => {
  const saved = await microModel({ seed: 3 });
  const values = await valuesOf(saved);
  const tensors = [...saved.stateDict()].map(([name, { shape }]) => {
    const renamed = `module.${name.replace("coder.", "coder._orig_mod.")}`;
    return [renamed, { dtype: "f32", shape, data: values.get(name)! }] as const;
  });
  const path = join(folder, "compiled.ckpt");
  await writeTorchZip(path, tensors);
  for (const engine of [{}, { compile_model: true }]) {
    let report: LoadReport | undefined;
    const model = await microModel({ seed: 4, engine, ckpt: path, onLoad: (r) => (report = r) });
    expect(await valuesOf(model)).toEqual(values);
    expect(report?.naming).toEqual({ under: "", without: ["module", "_orig_mod"], unused: [] });
  }
});

test("a weight that is not finite is refused by name", async () => {
  const model = await microModel();
  const [name, { shape }] = [...model.stateDict()][0]!;
  const data = new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(NaN);
  const path = join(folder, "nan.safetensors");
  await writeSafetensors(
    path,
    new Map<string, TensorToWrite | Tensor>([
      ...model.stateDict(),
      [name, { dtype: "f32", shape, data }],
    ]),
  );
  await expect(microModel({ ckpt: path })).rejects.toThrow(
    `checkpoint: ${path}: weight ${name} has ${data.length} NaN or infinite values of ${data.length} (first at [0, 0, 0, 0, 0])`,
  );
});

test("a checkpoint of another shape is refused by name and shapes", async () => {
  const path = await save(await microModel(), "c.safetensors");
  await expect(microModel({ params: { ch: 8 }, ckpt: path })).rejects.toThrow(
    /encoder\.conv_in\.conv\.weight is \[4, 3, 3, 3, 3\] but the model takes \[8, 3, 3, 3, 3\]/,
  );
});

test("a checkpoint that is not there is refused", async () => {
  await expect(microModel({ ckpt: join(folder, "none.ckpt") })).rejects.toThrow(
    "none.ckpt: no such file",
  );
});

test("a v1.1 config makes a v1.1 model", async () => {
  const overrides = { ch: 8, ch_mult: [1, 1, 1, 1], num_res_blocks: 1 };
  const config = configFile("vidtok_kl_causal_488_4chn_v1_1");
  const model = await createModel(config, { overrides });
  expect([model.config.encoder.family, model.isCausal]).toEqual(["causal v1.1", true]);
});

test("a precision that the backend has not is refused at once", async () => {
  const backend: Backend = { ...referenceBackend(), precisions: ["f32"] };
  await expect(microModel({ precision: "bf16", backend })).rejects.toThrow(
    "precision: bf16 does not run on reference",
  );
});

test("overrides have to be a mapping", async () => {
  await expect(createModel(microConfig(), { overrides: [1] })).rejects.toThrow(
    "createModel: overrides have to be a mapping",
  );
});

test("a state dict moves from one model to another", async () => {
  const [a, b] = [await microModel({ seed: 1 }), await microModel({ seed: 2 })];
  const loaded = a.stateDict().size;
  expect(b.loadStateDict(a.stateDict())).toMatchObject({ loaded, missing: [], unexpected: [] });
  expect(await valuesOf(b)).toEqual(await valuesOf(a));
});

test("a state dict that does not fit is refused and changes nothing", async () => {
  const model = await microModel();
  const before = await valuesOf(model);
  const state = new Map(model.stateDict());
  const name = "encoder.conv_in.conv.bias";
  const bias = tensor([1, 2, 3, 4], [4]);
  state.delete(name);
  state.set("other", bias);
  expect(() => model.loadStateDict(state)).toThrow(
    `loadStateDict: missing 1 (${name}), unknown 1 (other); pass { strict: false } to load the rest`,
  );
  expect(model.loadStateDict(state, { strict: false })).toMatchObject({
    missing: [name],
    unexpected: ["other"],
  });
  expect(() => model.loadStateDict(new Map([[name, tensor([1], [1])]]))).toThrow(
    `${name} is [1] but the model takes [4]`,
  );
  const short = { shape: [4], data: new Float32Array(3) };
  expect(() => model.loadStateDict(new Map([[name, short]]), { strict: false })).toThrow(
    `loadStateDict: ${name} has 3 elements, not the 4 of [4]`,
  );
  expect(await valuesOf(model)).toEqual(before);
});
