import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeSafetensors } from "@vidtok/nn";
import { memory, noGrad, scope, tensor, UnavailableError, useBackend } from "@vidtok/tensor";
import type { Backend, Tensor } from "@vidtok/tensor";
import { afterAll, expect, test } from "vitest";
import { createModel } from "../src/createModel.ts";
import { microConfig, microModel } from "./microModel.ts";

const folder = mkdtempSync(join(tmpdir(), "vidtok-dispose-"));
afterAll(() => rmSync(folder, { recursive: true }));

const message = "Tokenizer: disposed; create a new one with createModel";
const levels = [3, 3];
const zeros = (): Tensor => tensor(new Float32Array(3 * 3 * 8 * 8), [1, 3, 3, 8, 8]);

async function opened(
  name: "native" | "gpujs",
  skip: (reason: string) => void,
): Promise<Backend & { readonly memory?: () => Record<string, number> }> {
  try {
    return await useBackend(name, name === "gpujs" ? { mode: "cpu" } : { threads: 1 });
  } catch (error) {
    if (error instanceof UnavailableError) skip(error.message);
    throw error;
  }
}

test.for([
  ["native", "KL", {}],
  ["native", "FSQ", { levels }],
  ["gpujs", "KL", {}],
  ["gpujs", "FSQ", { levels }],
] as const)("ten disposed models leave nothing: %s, %s", async ([name, , options], { skip }) => {
  const backend = await opened(name, skip);
  backend.trim?.();
  const { live } = memory();
  const { peak: _, ...before } = backend.memory?.() ?? {};
  for (let i = 0; i < 10; i++) {
    const model = await createModel(microConfig(options), { backend });
    const recon = noGrad(() => scope(() => model.forward(zeros()).recon));
    expect(await recon.read()).toHaveLength(3 * 3 * 8 * 8);
    recon.free();
    expect(memory().live).toBeGreaterThan(live);
    model.dispose();
    model.dispose();
  }
  expect(memory().live).toBe(live);
  expect(backend.memory?.() ?? {}).toMatchObject(before);
});

test("a model that leaves a `using` block is disposed", async () => {
  const { live } = memory();
  {
    using model = await microModel();
    expect(memory().live).toBeGreaterThan(live);
    expect(model.namedParameters().size).toBeGreaterThan(0);
  }
  expect(memory().live).toBe(live);
});

test("a model whose checkpoint does not load leaves nothing", async () => {
  const model = await microModel();
  const ckpt = join(folder, "cut.safetensors");
  await writeSafetensors(ckpt, new Map([...model.stateDict()].slice(0, 10)));
  const { live } = memory();
  await expect(microModel({ ckpt })).rejects.toThrow();
  expect(memory().live).toBe(live);
  model.dispose();
});

test("whatever uses the weights of a disposed model says so", async () => {
  const model = await microModel({ levels });
  const clip = zeros();
  const { z, regLog } = noGrad(() => model.encode(clip));
  const indices = regLog.indices!;
  const { state } = model.encodeStream(clip);
  const weights = model.stateDict();
  model.dispose();
  expect(() => model.forward(clip)).toThrow(message);
  expect(() => model.encode(clip)).toThrow(message);
  expect(() => model.decode(z)).toThrow(message);
  expect(() => model.decodeIndices(indices)).toThrow(message);
  expect(() => model.encodeStream(clip)).toThrow(message);
  expect(() => model.decodeStream(z)).toThrow(message);
  expect(() => model.encoder.forward(clip)).toThrow(message);
  expect(() => model.stateDict()).toThrow(message);
  const [name, { shape }] = [...model.namedParameters()][0]!;
  const data = new Float32Array(shape.reduce((a, b) => a * b, 1));
  const part = new Map([[name, { shape, data }]]);
  expect(() => model.loadStateDict(part, { strict: false })).toThrow(message);
  expect(await z.read()).toHaveLength(2 * 2 * 4 * 4);
  await expect(weights.get(name)!.read()).rejects.toThrow("tensor: it was freed");
  state.free();
});

test("two models of one session are disposed of apart", async () => {
  const [a, b] = [await microModel(), await microModel()];
  const clip = zeros();
  a.dispose();
  expect(noGrad(() => b.encode(clip, { sample: false })).z.shape).toEqual([1, 2, 2, 4, 4]);
  b.dispose();
});
