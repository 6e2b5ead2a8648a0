import { existsSync } from "node:fs";
import { hashValues } from "@vidtok/tensor/testing";
import { expect, test } from "vitest";
import { openCheckpoint, stateEntries, type Checkpoint } from "../../src/index.ts";
import { fixture } from "../files.ts";

const ramp = (length: number) => Float32Array.from({ length }, (_, i) => i);

// The values that the program which wrote the tiny_* files gives a parameter of this name and
// shape.
function hashParameter(name: string, shape: readonly number[]): Float32Array {
  const count = shape.reduce((product, size) => product * size, 1);
  const scale = shape.length > 1 ? Math.sqrt((3 * shape[0]!) / count) : 0.1;
  const centre = shape.length === 1 && name.endsWith("weight") ? 1 : 0;
  return hashValues(name, count).map((v) => centre + scale * v);
}

async function values(checkpoint: Checkpoint, name: string): Promise<Float32Array> {
  return checkpoint.entries.get(name)!.read();
}

test.each([
  ["tiny_half.ckpt", "torch-zip", "f16", 2 ** -11],
  ["tiny_bf16.ckpt", "torch-zip", "bf16", 2 ** -8],
  ["tiny_legacy.ckpt", "torch-legacy", "f32", 2 ** -24],
] as const)("%s holds the hash weights as %s %s", async (name, format, dtype, relative) => {
  const checkpoint = await openCheckpoint(fixture(name));
  expect(checkpoint.format).toBe(format);
  expect(checkpoint.entries.size).toBe(6);
  for (const [key, tensor] of checkpoint.entries) {
    expect(tensor.dtype).toBe(dtype);
    const expected = hashParameter(key, tensor.shape);
    const actual = await tensor.read();
    expect(actual).toHaveLength(expected.length);
    const worst = Math.max(...actual.map((x, i) => Math.abs(x - expected[i]!)));
    expect(worst).toBeLessThanOrEqual(relative * 1.1);
  }
  await checkpoint.close();
});

test.each(["views.ckpt", "legacyViews.ckpt"])(
  "views of one storage are gathered: %s",
  async (file) => {
    const checkpoint = await openCheckpoint(fixture(file));
    expect(await values(checkpoint, "full")).toEqual(ramp(24));
    const transposed = Float32Array.from({ length: 24 }, (_, i) => (i % 4) * 6 + Math.floor(i / 4));
    expect(checkpoint.entries.get("t")!.shape).toEqual([6, 4]);
    expect(await values(checkpoint, "t")).toEqual(transposed);
    expect(await values(checkpoint, "slice")).toEqual(Float32Array.of(8, 9, 10, 14, 15, 16));
    expect(await values(checkpoint, "row")).toEqual(Float32Array.of(12, 13, 14, 15, 16, 17));
    await checkpoint.close();
  },
);

test.each([2, 3, 4, 5])("legacy files of pickle protocol %i are read", async (protocol) => {
  const checkpoint = await openCheckpoint(fixture(`legacyProtocol${protocol}.ckpt`));
  expect(checkpoint.format).toBe("torch-legacy");
  expect([...checkpoint.entries.keys()]).toEqual(["a.weight", "a.bias"]);
  expect(await values(checkpoint, "a.weight")).toEqual(ramp(6));
  expect(await values(checkpoint, "a.bias")).toEqual(ramp(3));
  await checkpoint.close();
});

test("a slice with a step is gathered", async () => {
  const checkpoint = await openCheckpoint(fixture("legacyViews.ckpt"));
  expect(await values(checkpoint, "flat")).toEqual(Float32Array.of(0, 5, 10, 15, 20));
  await checkpoint.close();
});

test("every element type is read as float32", async () => {
  const checkpoint = await openCheckpoint(fixture("dtypes.ckpt"));
  const seen: string[] = [];
  for (const [name, tensor] of checkpoint.entries) {
    seen.push(`${name} ${tensor.dtype} ${tensor.bytes}`);
    const last = name === "bool" ? [1, 1, 1] : [1, 2, 100];
    expect(await tensor.read()).toEqual(Float32Array.of(0, ...last));
  }
  expect(seen).toEqual([
    "float64 f64 32",
    "float32 f32 16",
    "float16 f16 8",
    "bfloat16 bf16 8",
    "int64 i64 32",
    "int32 i32 16",
    "int16 i16 8",
    "int8 i8 4",
    "uint8 u8 4",
    "bool bool 4",
  ]);
  await checkpoint.close();
});

test.each(["lightning.ckpt", "lightningProtocol4.ckpt"])(
  "%s: weights, scalars and optimizer state are found, unknown classes are left out",
  async (file) => {
    const checkpoint = await openCheckpoint(fixture(file));
    expect([...checkpoint.entries].map(([name, { shape }]) => [name, shape])).toEqual([
      ["state_dict.a.weight", [2, 3]],
      ["state_dict.a.bias", [3]],
      ["state_dict.scalar", []],
      ["state_dict.empty", [0, 3]],
      ["state_dict.expanded", [2, 3]],
      ["optimizer_states.0.state.0.step", []],
      ["optimizer_states.0.state.0.exp_avg", [2, 3]],
    ]);
    const state = stateEntries(checkpoint);
    expect([...state.keys()]).toEqual(["a.weight", "a.bias", "scalar", "empty", "expanded"]);
    expect(await state.get("a.weight")!.read()).toEqual(ramp(6));
    expect(await state.get("scalar")!.read()).toEqual(Float32Array.of(7));
    expect(await state.get("empty")!.read()).toEqual(Float32Array.of());
    expect(await state.get("expanded")!.read()).toEqual(Float32Array.of(0, 0, 0, 1, 1, 1));
    expect(Object.fromEntries(checkpoint.metadata)).toEqual({
      epoch: 3,
      global_step: 1234,
      "pytorch-lightning_version": "2.2.4",
      "optimizer_states.0.param_groups.0.lr": 1e-5,
      "optimizer_states.0.param_groups.0.betas.0": 0.9,
      "optimizer_states.0.param_groups.0.betas.1": 0.999,
      "optimizer_states.0.param_groups.0.params.0": 0,
    });
    await checkpoint.close();
  },
);

test("a command in a pickle is not run", async () => {
  const checkpoint = await openCheckpoint(fixture("lightning.ckpt"));
  await checkpoint.close();
  expect(existsSync("pickle-was-executed")).toBe(false);
});

test("a state dict at the top is its own state", async () => {
  const checkpoint = await openCheckpoint(fixture("views.ckpt"));
  expect(stateEntries(checkpoint)).toBe(checkpoint.entries);
  await checkpoint.close();
});

test("a whole module is refused by name", async () => {
  await expect(openCheckpoint(fixture("wholeModule.ckpt"))).rejects.toThrow(
    /wholeModule.ckpt: holds an object of class torch.nn.modules.linear.Linear; a dict of tensors/,
  );
});

test("reading from a closed checkpoint is an error", async () => {
  const checkpoint = await openCheckpoint(fixture("views.ckpt"));
  await checkpoint.close();
  await checkpoint.close();
  await expect(values(checkpoint, "full")).rejects.toThrow(
    /tensor full: the checkpoint was closed before this read/,
  );
});
