// The names PyTorch writes into its checkpoints and what they stand for. Anything else is a stub.
import type { StoredDtype } from "./dtype.ts";
import type { PickleWorld } from "./pickle.ts";
import {
  PickleGlobal,
  PickleStub,
  StorageRef,
  TensorRef,
  type PickleValue,
} from "./pickleValue.ts";
import { ScriptModule } from "./scriptModule.ts";

type Fail = (detail: string) => never;

const storageDtypes: Readonly<Record<string, StoredDtype>> = {
  "torch.DoubleStorage": "f64",
  "torch.FloatStorage": "f32",
  "torch.HalfStorage": "f16",
  "torch.BFloat16Storage": "bf16",
  "torch.LongStorage": "i64",
  "torch.IntStorage": "i32",
  "torch.ShortStorage": "i16",
  "torch.CharStorage": "i8",
  "torch.ByteStorage": "u8",
  "torch.BoolStorage": "bool",
};

const dtypeNames: Readonly<Record<string, StoredDtype>> = {
  "torch.float64": "f64",
  "torch.float32": "f32",
  "torch.float16": "f16",
  "torch.bfloat16": "bf16",
  "torch.int64": "i64",
  "torch.int32": "i32",
  "torch.int16": "i16",
  "torch.int8": "i8",
  "torch.uint64": "u64",
  "torch.uint32": "u32",
  "torch.uint16": "u16",
  "torch.uint8": "u8",
  "torch.bool": "bool",
};

const untypedStorages = new Set(["torch.storage.UntypedStorage", "torch.UntypedStorage"]);

/** The allow-list: tensors, parameters, dicts and sizes of PyTorch checkpoints. */
export const torchObjects: PickleWorld = {
  call(name, args, fail) {
    switch (name) {
      case "torch._utils._rebuild_tensor":
      case "torch._utils._rebuild_tensor_v2":
        return rebuildTensor(args, undefined, fail);
      case "torch._utils._rebuild_tensor_v3":
        return rebuildTensor(args, dtypeOf(args[6], fail), fail);
      case "torch._utils._rebuild_parameter":
      case "torch._utils._rebuild_parameter_with_state":
      case "torch.nn.parameter.Parameter":
      case "torch.nn.parameter.Buffer":
        return args[0] instanceof TensorRef ? args[0] : fail(`${name} holds no tensor`);
      case "torch._tensor._rebuild_from_type_v2": {
        // (function, type, arguments, state): a tensor with attributes of its own.
        const [inner, , innerArgs] = args;
        return inner instanceof PickleGlobal && Array.isArray(innerArgs) && inner.name !== name
          ? torchObjects.call(inner.name, innerArgs, fail)
          : fail(`${name} has an unusual form`);
      }
      case "collections.OrderedDict":
      case "builtins.dict":
      case "__builtin__.dict":
        return dict(args[0], fail);
      case "collections.defaultdict":
        return new Map();
      case "builtins.set":
      case "__builtin__.set":
        return new Set(Array.isArray(args[0]) ? args[0] : []);
      case "torch.Size":
        return Array.isArray(args[0]) ? args[0] : fail("torch.Size without sizes");
      default:
        return ScriptModule.isClass(name) ? new ScriptModule() : new PickleStub(name);
    }
  },

  persistent(id, fail) {
    if (!Array.isArray(id) || id[0] !== "storage") return new PickleStub("persistent object");
    const [, type, key, , length, view] = id;
    if (!(type instanceof PickleGlobal) || typeof key !== "string") {
      return fail("has a storage without a type or key");
    }
    const dtype = storageDtypes[type.name];
    if (!dtype && !untypedStorages.has(type.name)) {
      return fail(`has a ${type.name}; known are ${Object.keys(storageDtypes).join(", ")}`);
    }
    if (!Array.isArray(view)) return new StorageRef(key, dtype, 0, count(length, "length", fail));
    return new StorageRef(
      key,
      dtype,
      count(view[1], "view offset", fail),
      count(view[2], "view length", fail),
    );
  },
};

function dict(pairs: PickleValue | undefined, fail: Fail): PickleValue {
  if (pairs === undefined) return new Map();
  if (pairs instanceof Map) return new Map(pairs);
  if (!Array.isArray(pairs)) return fail("builds a dict from something that is not pairs");
  const map = new Map<PickleValue, PickleValue>();
  for (const pair of pairs) {
    if (!Array.isArray(pair) || pair.length !== 2) fail("builds a dict from a pair that is none");
    map.set(pair[0]!, pair[1]!);
  }
  return map;
}

function rebuildTensor(
  args: readonly PickleValue[],
  dtype: StoredDtype | undefined,
  fail: Fail,
): TensorRef {
  const [storage, offset, size, stride] = args;
  if (!(storage instanceof StorageRef)) return fail("rebuilds a tensor without a storage");
  const shape = counts(size, "size", fail);
  const strides = counts(stride, "stride", fail);
  if (shape.length !== strides.length) {
    fail(`tensor of shape [${shape.join(", ")}] has strides [${strides.join(", ")}]`);
  }
  const type = dtype ?? storage.dtype ?? fail("rebuilds a tensor of unknown type");
  return new TensorRef(storage, type, count(offset, "offset", fail), shape, strides);
}

function dtypeOf(value: PickleValue | undefined, fail: Fail): StoredDtype {
  const name = value instanceof PickleGlobal ? value.name : "no dtype";
  return dtypeNames[name] ?? fail(`has a tensor of ${name}; this type is not read`);
}

function counts(value: PickleValue | undefined, what: string, fail: Fail): readonly number[] {
  if (!Array.isArray(value)) return fail(`tensor ${what} is not a tuple`);
  if (value.length > 64) fail(`tensor ${what} has ${value.length} axes`);
  return value.map((n) => count(n, what, fail));
}

function count(value: PickleValue | undefined, what: string, fail: Fail): number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0
    ? value
    : fail(`tensor or storage ${what} is ${String(value)}, not a count`);
}
