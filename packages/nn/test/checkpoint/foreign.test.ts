import { expect, test } from "vitest";
import { openCheckpoint, stateEntries } from "../../src/index.ts";
import { fixture, torchFile } from "../files.ts";

test("tensors of types and layouts that are not read are listed next to the others", async () => {
  const checkpoint = await openCheckpoint(fixture("foreign.ckpt"));
  const lines = [...stateEntries(checkpoint)].map(
    ([name, { dtype, shape, bytes }]) => `${name}: ${dtype} [${shape.join()}] ${bytes}`,
  );
  expect(lines).toEqual([
    "weight: f32 [2,2] 16",
    "complex64: complex64 [6] 48",
    "complex128.conjugate: complex128 [6] 96",
    "complex32: complex32 [6] 24",
    "qint8: qint8 [2,2] 4",
    "quint8.channels: quint8 [2,2] 4",
    "sparse: sparse_coo [2,2] 40",
    "csr: sparse_csr [2,2] 48",
    "nested: nested [] 20",
    "meta: meta [5,7] 0",
    "bool.negative: negated bool [2] 0",
    "float8_e4m3fn: float8_e4m3fn [2,2] 4",
    "float8_e5m2: float8_e5m2 [2,2] 4",
    "float8_e4m3fnuz: float8_e4m3fnuz [2,2] 4",
    "float8_e5m2fnuz: float8_e5m2fnuz [2,2] 4",
    "float8_e8m0fnu: float8_e8m0fnu [2,2] 4",
  ]);
  expect(checkpoint.metadata.get("epoch")).toBe(3);
  const state = stateEntries(checkpoint);
  expect(await state.get("weight")!.read()).toEqual(Float32Array.of(0, 1, 2, 0));
  for (const [name, tensor] of state) {
    if (name === "weight") continue;
    const message = `foreign.ckpt: tensor state_dict.${name} is ${tensor.dtype}, which is not read`;
    await expect(tensor.read(), name).rejects.toThrow(message);
    await expect(tensor.readBytes(), name).rejects.toThrow("known are f64, f32, f16, bf16");
    expect(tensor.error?.message).toContain(message);
  }
  await checkpoint.close();
});

// In protocol 0 spelling: c module\nname\n is a name, ( t a tuple, R a call, Q a persistent id.
const storage = (type: string) => `((S'storage'\nctorch\n${type}\nS'0'\nS'cpu'\nI2\ntQ`;
const view = (type: string) =>
  `ctorch._utils\n_rebuild_tensor_v2\n${storage(type)}I0\n(I2\nt(I1\ntI00\n(dtR`;
const call = (name: string, args: string) => `ctorch._utils\n${name}\n(${args}tR`;

test.each([
  ["a storage class of the future", view("Posit8Storage"), "torch.Posit8Storage [2]"],
  [
    "a tensor subclass without data",
    call(
      "_rebuild_wrapper_subclass",
      "cmy.tensors\nQuantized\nctorch\nfloat32\n(I4\nt(I1\ntI0\nNNI00\n",
    ),
    "my.tensors.Quantized [4]",
  ],
  [
    "a tensor of another device as an array",
    call("_rebuild_device_tensor_from_numpy", "Nctorch\nbfloat16\nS'xla:0'\nI00\n"),
    "bf16 []",
  ],
  ["a quantized tensor in an unusual form", call("_rebuild_qtensor", "I1\nI2\n"), "quantized []"],
])("%s is listed and not read", async (_, value, line) => {
  const path = torchFile(`(dS'x'\n${value}s.`, { "0": new Uint8Array(8) });
  const checkpoint = await openCheckpoint(path);
  const x = checkpoint.entries.get("x")!;
  expect(`${x.dtype} [${x.shape.join()}]`).toBe(line);
  await expect(x.read()).rejects.toThrow(`${path}: tensor x is`);
  await checkpoint.close();
});

test("a tensor of another device that was saved from memory is read", async () => {
  const value = call(
    "_rebuild_device_tensor_from_cpu_tensor",
    `${view("FloatStorage")}ctorch\nfloat32\nS'xla:0'\nI00\n`,
  );
  const data = new Uint8Array(Float32Array.of(1.5, -2).buffer);
  const checkpoint = await openCheckpoint(torchFile(`(dS'x'\n${value}s.`, { "0": data }));
  expect(await checkpoint.entries.get("x")!.read()).toEqual(Float32Array.of(1.5, -2));
  await checkpoint.close();
});
