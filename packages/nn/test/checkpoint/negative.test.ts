import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { negate } from "../../src/checkpoint/negate.ts";
import {
  openCheckpoint,
  stateEntries,
  writeSafetensors,
  writeTorchZip,
  type StoredTensor,
  type TensorToWrite,
} from "../../src/index.ts";
import { fixture, temporaryFolder } from "../files.ts";

/** Shape and bytes in hexadecimal of what `torch.load` gives, resolved and contiguous. */
interface Loaded {
  readonly shape: readonly number[];
  readonly bytes: string;
}

const expected = new Map(
  Object.entries(
    JSON.parse(readFileSync(fixture("negative.json"), "utf8")) as Readonly<Record<string, Loaded>>,
  ),
);
const script = expected.get("script")!;
expected.delete("script");

async function loaded(tensor: StoredTensor): Promise<Loaded> {
  const bytes = Buffer.from(await tensor.readBytes()).toString("hex");
  return { shape: tensor.shape, bytes };
}

test.each(["negative.ckpt", "negativeLegacy.ckpt"])(
  "%s: negative views have the bytes that torch.load gives, zeros and extremes with them",
  async (name) => {
    const checkpoint = await openCheckpoint(fixture(name));
    expect([...checkpoint.entries.keys()]).toEqual([...expected.keys()]);
    for (const [key, tensor] of checkpoint.entries) {
      expect(await loaded(tensor), key).toEqual(expected.get(key));
    }
    await checkpoint.close();
  },
);

test("negative views of every type are read as float32 with their signs", async () => {
  const checkpoint = await openCheckpoint(fixture("negative.ckpt"));
  const read = (name: string) => checkpoint.entries.get(name)!.read();
  for (const name of ["float64", "float32", "float16", "bfloat16"]) {
    expect(await read(name), name).toEqual(Float32Array.of(-0, 0, -Infinity, -1.5, 2));
  }
  for (const name of ["int64", "int32", "int16", "int8"]) {
    expect(await read(name), name).toEqual(Float32Array.of(0, -1, -2, -100, -127));
  }
  expect(await read("uint8")).toEqual(Float32Array.of(0, 255, 254, 156, 129));
  expect(await read("int8.least")).toEqual(Float32Array.of(-128, 127, -5));
  expect(await read("half.columns")).toEqual(Float32Array.of(-6, -9, -12, -15, -18, -21));
  expect(await read("twice")).toEqual(Float32Array.of(0, 1, 2, 3, 4, 5));
  expect(await read("imaginary")).toEqual(Float32Array.of(-6, -7, -8, -9, -10, -11));
  expect(await read("real")).toEqual(Float32Array.of(0, 1, 2, 3, 4, 5));
  expect(await read("parameter.attributes")).toEqual(Float32Array.of(-18, -19, -20, -21, -22, -23));
  await checkpoint.close();
});

test("a TorchScript archive's negative buffers have their signs, its complex ones are listed", async () => {
  const checkpoint = await openCheckpoint(fixture("negativeScript.pt"));
  expect(await loaded(checkpoint.entries.get("negative")!)).toEqual(script);
  expect(checkpoint.entries.get("conjugate")!.dtype).toBe("complex64");
  await checkpoint.close();
});

test.each(["ckpt", "safetensors"])("a copy as %s keeps the signs", async (extension) => {
  const source = await openCheckpoint(fixture("negative.ckpt"));
  const path = join(temporaryFolder(), `copy.${extension}`);
  const tensors = [...source.entries].map(([name, tensor]): [string, TensorToWrite] => {
    if (tensor.error) throw tensor.error;
    const { dtype, shape, readBytes } = tensor;
    return [name, { dtype, shape, data: readBytes }];
  });
  await (extension === "ckpt" ? writeTorchZip : writeSafetensors)(path, tensors);
  await source.close();
  const copy = await openCheckpoint(path);
  const state = stateEntries(copy);
  for (const [name, value] of expected) {
    expect(await loaded(state.get(name)!), name).toEqual(value);
  }
  await copy.close();
});

test("unsigned integers are negated modulo their width", () => {
  const words = Uint16Array.of(0, 1, 65535);
  negate("u16", new Uint8Array(words.buffer));
  expect(words).toEqual(Uint16Array.of(0, 65535, 1));
  const large = BigUint64Array.of(0n, 1n);
  negate("u64", new Uint8Array(large.buffer));
  expect(large).toEqual(BigUint64Array.of(0n, 2n ** 64n - 1n));
  const long = Uint32Array.of(3);
  negate("u32", new Uint8Array(long.buffer));
  expect(long).toEqual(Uint32Array.of(2 ** 32 - 3));
});
