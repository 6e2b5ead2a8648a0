import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { tensor, useBackend } from "@vidtok/tensor";
import { referenceBackend } from "@vidtok/tensor/testing";
import { expect, test, vi } from "vitest";
import { pickleState } from "../../src/checkpoint/pickleState.ts";
import {
  openCheckpoint,
  stateEntries,
  writeTorchZip,
  type TensorToWrite,
} from "../../src/index.ts";
import { fixture, temporaryFolder, torchFile } from "../files.ts";

// Every element type that PyTorch 1.13 has, in bytes that are no palindromes, and the shapes that are special.
const ramp = (length: number) => Uint8Array.from({ length }, (_, i) => i + 1);
const written = new Map<string, TensorToWrite>([
  ["f64", { dtype: "f64", shape: [2], data: Float64Array.of(Math.PI, -0) }],
  ["f32", { dtype: "f32", shape: [2, 3], data: Float32Array.of(1, -2, 0.5, NaN, Infinity, 3e-40) }],
  ["f16", { dtype: "f16", shape: [3, 1], data: ramp(6) }],
  ["bf16", { dtype: "bf16", shape: [1, 3], data: ramp(6) }],
  ["i64", { dtype: "i64", shape: [2], data: BigInt64Array.of(-1n, 2n ** 62n) }],
  ["i32", { dtype: "i32", shape: [], data: () => Promise.resolve(Int32Array.of(-70000)) }],
  ["i16", { dtype: "i16", shape: [1], data: Int16Array.of(-300) }],
  ["i8", { dtype: "i8", shape: [1], data: Int8Array.of(-3) }],
  ["u8", { dtype: "u8", shape: [300], data: new Uint8Array(300).fill(7) }],
  ["bool", { dtype: "bool", shape: [3], data: Uint8Array.of(1, 0, 1) }],
  ["empty", { dtype: "f32", shape: [0, 3], data: new Uint8Array(0) }],
  ["größe.weight", { dtype: "f32", shape: [1], data: Float32Array.of(4) }],
]);
const scalars = { epoch: 3, global_step: 5_000_000_000, "pytorch-lightning_version": "2.2.4" };

async function bytesOf({ data }: TensorToWrite): Promise<Buffer> {
  const { buffer, byteOffset, byteLength } = typeof data === "function" ? await data() : data;
  return Buffer.from(buffer, byteOffset, byteLength);
}

test("every element type and shape is read back bit by bit, with the scalars", async () => {
  const path = join(temporaryFolder(), "model.ckpt");
  await writeTorchZip(path, written, scalars);
  const checkpoint = await openCheckpoint(path);
  expect(checkpoint.format).toBe("torch-zip");
  expect(Object.fromEntries(checkpoint.metadata)).toEqual(scalars);
  const state = stateEntries(checkpoint);
  expect([...state.keys()]).toEqual([...written.keys()]);
  for (const [name, tensor] of written) {
    const found = state.get(name)!;
    expect([name, found.dtype, found.shape]).toEqual([name, tensor.dtype, tensor.shape]);
    expect(Buffer.from(await found.readBytes()), name).toEqual(await bytesOf(tensor));
  }
  await checkpoint.close();
});

test("the file is the one that PyTorch 1.13 was seen to load with weights_only", async () => {
  const path = join(temporaryFolder(), "model.ckpt");
  await writeTorchZip(path, written, scalars);
  const bytes = readFileSync(path);
  expect(createHash("sha256").update(bytes).digest("hex")).toBe(
    "1d7c0b6e85167db332e6cc83de14dd197b05bf52f08477f9eea450b459e90f24",
  );
  const elements = await bytesOf(written.get("u8")!);
  expect(bytes.indexOf(elements) % 64).toBe(0);
});

test("a tensor is pickled as a call of torch._utils with a storage of its own", () => {
  const tensors = new Map<string, TensorToWrite>([
    ["w", { dtype: "bf16", shape: [2, 300], data: new Uint8Array(1200) }],
  ]);
  expect(Buffer.from(pickleState(tensors, { epoch: 1 })).toString("latin1")).toBe(
    "\x80\x02}(X\x05\0\0\0epochK\x01X\x0a\0\0\0state_dictccollections\nOrderedDict\n(tR(" +
      "X\x01\0\0\0wctorch._utils\n_rebuild_tensor_v2\n(" +
      "(X\x07\0\0\0storagectorch\nBFloat16Storage\nX\x01\0\0\x000X\x03\0\0\0cpuJ\x58\x02\0\0tQ" +
      "K\0(K\x02J\x2c\x01\0\0t(J\x2c\x01\0\0K\x01t\x89ccollections\nOrderedDict\n(tRtRuu.",
  );
});

test("unsigned integers of more than a byte are read back, and tensors of the engine are float32", async () => {
  await useBackend(referenceBackend());
  const path = join(temporaryFolder(), "model.ckpt");
  await writeTorchZip(path, [
    ["u16", { dtype: "u16", shape: [2], data: Uint16Array.of(1, 65535) }],
    ["u32", { dtype: "u32", shape: [1], data: Uint32Array.of(2 ** 32 - 1) }],
    ["u64", { dtype: "u64", shape: [], data: BigUint64Array.of(2n ** 63n) }],
    ["engine", tensor([1.5, -2], [2])],
  ]);
  const checkpoint = await openCheckpoint(path);
  const state = stateEntries(checkpoint);
  expect([...state.values()].map(({ dtype }) => dtype)).toEqual(["u16", "u32", "u64", "f32"]);
  expect(await state.get("u16")!.read()).toEqual(Float32Array.of(1, 65535));
  expect(await state.get("u64")!.read()).toEqual(Float32Array.of(2 ** 63));
  expect(await state.get("engine")!.read()).toEqual(Float32Array.of(1.5, -2));
  await checkpoint.close();
});

test.each(["views.ckpt", "legacyViews.ckpt", "dtypes.ckpt"])(
  "the bytes of %s are those of its values, gathered where they lie apart",
  async (name) => {
    const source = await openCheckpoint(fixture(name));
    const path = join(temporaryFolder(), "copy.ckpt");
    const tensors = [...source.entries].map(([key, tensor]) => {
      if (tensor.error) throw tensor.error;
      const { dtype, shape, readBytes } = tensor;
      return [key, { dtype, shape, data: readBytes }] as const;
    });
    await writeTorchZip(path, tensors);
    const copy = await openCheckpoint(path);
    const state = stateEntries(copy);
    expect([...state.keys()]).toEqual([...source.entries.keys()]);
    for (const [key, tensor] of source.entries) {
      expect(state.get(key)!.dtype).toBe(tensor.dtype);
      expect(await state.get(key)!.read(), key).toEqual(await tensor.read());
      expect(await state.get(key)!.readBytes(), key).toEqual(await tensor.readBytes());
    }
    await copy.close();
    await source.close();
  },
);

test("views of elements of any width are gathered as bytes", async () => {
  for (const [storage, bytes] of [
    ["DoubleStorage", 8],
    ["HalfStorage", 2],
    ["CharStorage", 1],
  ] as const) {
    const pickle =
      "\x80\x02}X\x01\0\0\0xctorch._utils\n_rebuild_tensor_v2\n((X\x07\0\0\0storage" +
      `ctorch\n${storage}\nX\x01\0\0\x000X\x03\0\0\0cpuK\x04tQK\x01(K\x02t(K\x02tccollections\nOrderedDict\n)RtRs.`;
    const checkpoint = await openCheckpoint(torchFile(pickle, { 0: ramp(4 * bytes) }));
    const all = [...ramp(4 * bytes)];
    expect([...(await checkpoint.entries.get("x")!.readBytes())]).toEqual([
      ...all.slice(bytes, 2 * bytes),
      ...all.slice(3 * bytes),
    ]);
    await checkpoint.close();
  }
});

test("a failed write leaves the old file and nothing else, and a full disk is named", async () => {
  const folder = temporaryFolder();
  const path = join(folder, "model.ckpt");
  writeFileSync(path, "old");
  const x = { dtype: "f32", shape: [2], data: Float32Array.of(1) } as const;
  await expect(writeTorchZip(path, [["x", x]])).rejects.toThrow(
    /model.ckpt: tensor x f32 \[2\] takes 8 bytes but its data has 4/,
  );
  await expect(
    writeTorchZip(path, [
      ["x", x],
      ["x", x],
    ]),
  ).rejects.toThrow("cannot write the name x twice");
  await expect(writeTorchZip(path, [], { lr: 0.5 })).rejects.toThrow(
    "lr is 0.5; torch.load(weights_only=True) takes whole numbers and text",
  );
  await expect(writeTorchZip(path, [], { state_dict: 1 })).rejects.toThrow(
    "state_dict is the tensors, it can be no scalar",
  );
  const unread = Object.assign(new Error("EIO: i/o error, read"), { code: "EIO", syscall: "read" });
  const late = { ...x, data: () => Promise.reject(unread) };
  await expect(writeTorchZip(path, [["x", late]])).rejects.toBe(unread);
  expect(readdirSync(folder)).toEqual(["model.ckpt"]);
  expect(readFileSync(path, "utf8")).toBe("old");
});

test("a full disk is an error that says so, and the file that was there stays", async () => {
  const folder = temporaryFolder();
  const path = join(folder, "model.ckpt");
  writeFileSync(path, "old");
  const full = Object.assign(new Error("ENOSPC: no space left on device, write"), {
    ...{ code: "ENOSPC", syscall: "write" },
  });
  const handle = await open(path, "r");
  const write = vi.spyOn(Object.getPrototypeOf(handle) as typeof handle, "write");
  await handle.close();
  write.mockRejectedValueOnce(full);
  await expect(writeTorchZip(path, [])).rejects.toMatchObject({
    name: "CheckpointError",
    message:
      `checkpoint: ${path}: cannot be written (ENOSPC): the disk is full; ` +
      "what was there before is unchanged. Free some space and write it again",
    cause: { cause: full },
  });
  write.mockRestore();
  expect(readdirSync(folder)).toEqual(["model.ckpt"]);
  expect(readFileSync(path, "utf8")).toBe("old");
});
