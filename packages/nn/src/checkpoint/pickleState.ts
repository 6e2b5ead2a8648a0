// Writes the pickle inside a torch file: protocol 2, in the few opcodes that torch.load(weights_only=True) takes.
import { itemSize, type StoredDtype } from "./dtype.ts";
import { countElements, denseStrides } from "./shape.ts";
import type { TensorToWrite } from "./tensorToWrite.ts";

const protocol = Buffer.of(0x80, 2);
const mark = Buffer.from("(");
const closeTuple = Buffer.from("t");
const emptyDict = Buffer.from("}");
const setItems = Buffer.from("u");
const reduce = Buffer.from("R");
const persistent = Buffer.from("Q");
const no = Buffer.of(0x89);
const stop = Buffer.from(".");

const storages: Readonly<Partial<Record<StoredDtype, string>>> = {
  f64: "DoubleStorage",
  f32: "FloatStorage",
  f16: "HalfStorage",
  bf16: "BFloat16Storage",
  i64: "LongStorage",
  i32: "IntStorage",
  i16: "ShortStorage",
  i8: "CharStorage",
  u8: "ByteStorage",
  bool: "BoolStorage",
};

// PyTorch has no storages of these; such a tensor says its type itself, which PyTorch 2.3 and later read.
const typesWithoutStorage: Readonly<Partial<Record<StoredDtype, string>>> = {
  u64: "uint64",
  u32: "uint32",
  u16: "uint16",
};

/** `{...scalars, "state_dict": OrderedDict(...)}`, where tensor number i has its elements in the storage named i. */
export function pickleState(
  tensors: ReadonlyMap<string, TensorToWrite>,
  scalars: Readonly<Record<string, number | string>>,
): Uint8Array {
  const state = [...tensors].map(
    ([name, tensor], i) => [name, rebuild(tensor, String(i))] as const,
  );
  const top = Object.entries(scalars).map(
    ([name, value]) => [name, typeof value === "number" ? integer(value) : text(value)] as const,
  );
  const root = dict(emptyDict, [...top, ["state_dict", dict(orderedDict(), state)]]);
  return Buffer.concat([protocol, root, stop]);
}

function rebuild({ dtype, shape }: TensorToWrite, key: string): Buffer {
  const count = countElements(shape);
  const storage = storages[dtype];
  const type = storage ? named("torch", storage) : named("torch.storage", "UntypedStorage");
  const length = storage ? count : count * itemSize[dtype];
  const id = tuple([text("storage"), type, text(key), text("cpu"), integer(length)]);
  const view = [
    Buffer.concat([id, persistent]),
    integer(0),
    tuple(shape.map(integer)),
    tuple(denseStrides(shape).map(integer)),
    no,
    orderedDict(),
  ];
  return storage
    ? call(named("torch._utils", "_rebuild_tensor_v2"), view)
    : call(named("torch._utils", "_rebuild_tensor_v3"), [
        ...view,
        named("torch", typesWithoutStorage[dtype]!),
      ]);
}

function orderedDict(): Buffer {
  return call(named("collections", "OrderedDict"), []);
}

function dict(empty: Buffer, items: readonly (readonly [string, Buffer])[]): Buffer {
  return Buffer.concat([
    empty,
    mark,
    ...items.flatMap(([name, value]) => [text(name), value]),
    setItems,
  ]);
}

function call(callee: Buffer, parameters: readonly Buffer[]): Buffer {
  return Buffer.concat([callee, tuple(parameters), reduce]);
}

function tuple(items: readonly Buffer[]): Buffer {
  return Buffer.concat([mark, ...items, closeTuple]);
}

function named(module: string, name: string): Buffer {
  return Buffer.from(`c${module}\n${name}\n`);
}

function text(value: string): Buffer {
  const encoded = Buffer.from(value);
  const head = Buffer.alloc(5);
  head.write("X");
  head.writeUInt32LE(encoded.length, 1);
  return Buffer.concat([head, encoded]);
}

function integer(value: number): Buffer {
  if (value >= 0 && value < 256) return Buffer.of(0x4b, value);
  const isShort = value === (value | 0);
  const bytes = Buffer.alloc(isShort ? 5 : 10);
  if (isShort) {
    bytes.write("J");
    bytes.writeInt32LE(value, 1);
  } else {
    bytes.set([0x8a, 8]);
    bytes.writeBigInt64LE(BigInt(value), 2);
  }
  return bytes;
}
