// The names PyTorch writes into its checkpoints and what they stand for. Anything else is a stub.
import type { PickleContext, PickleWorld } from "./pickle.ts";
import {
  ForeignTensor,
  PickleGlobal,
  PickleStub,
  StorageRef,
  TensorRef,
  type PickleValue,
} from "./pickleValue.ts";
import { ScriptModule } from "./scriptModule.ts";
import { rebuildForeign, rebuildTensor } from "./torchTensors.ts";
import { readCount, storageType } from "./torchTypes.ts";

/** The allow-list: tensors, parameters, dicts and sizes of PyTorch checkpoints. */
export const torchObjects: PickleWorld = {
  call(name, args, context) {
    switch (name) {
      case "torch._utils._rebuild_tensor":
      case "torch._utils._rebuild_tensor_v2":
        return rebuildTensor(args, undefined, args[6], context);
      case "torch._utils._rebuild_tensor_v3":
        return rebuildTensor(args, args[6], args[7], context);
      case "torch._utils._rebuild_parameter":
      case "torch._utils._rebuild_parameter_with_state":
      case "torch.nn.parameter.Parameter":
      case "torch.nn.parameter.Buffer":
        return isTensor(args[0]) ? args[0] : context.fail(`${name} holds no tensor`);
      case "torch._tensor._rebuild_from_type":
      case "torch._tensor._rebuild_from_type_v2": {
        // (function, type, arguments, state): a tensor with attributes of its own.
        const [inner, , innerArgs] = args;
        return inner instanceof PickleGlobal &&
          Array.isArray(innerArgs) &&
          !inner.name.startsWith("torch._tensor._rebuild_from_type")
          ? torchObjects.call(inner.name, innerArgs, context)
          : context.fail(`${name} has an unusual form`);
      }
      case "torch.serialization._get_layout":
        return typeof args[0] === "string" ? new PickleGlobal(args[0]) : new PickleStub(name);
      // TorchScript: (value, its type), around the metadata of a tensor and around attributes.
      case "torch.jit._pickle.restore_type_tag":
        return args[0] ?? new PickleStub(name);
      case "collections.OrderedDict":
      case "builtins.dict":
      case "__builtin__.dict":
        return dict(args[0], context);
      case "collections.defaultdict":
        context.spendItems(0);
        return new Map();
      case "torch.Size":
        return Array.isArray(args[0]) ? args[0] : context.fail("torch.Size without sizes");
      default:
        return rebuildForeign(name, args) ?? unknown(name, context);
    }
  },

  persistent(id, context) {
    if (!Array.isArray(id) || id[0] !== "storage") return new PickleStub("persistent object");
    const [, type, key, , length, view] = id;
    if (!(type instanceof PickleGlobal) || typeof key !== "string") {
      return context.fail("has a storage without a type or key");
    }
    const dtype = storageType(type.name);
    const [start, size] = Array.isArray(view) ? [view[1], view[2]] : [0, length];
    return new StorageRef(
      key,
      dtype,
      readCount(start, "storage offset", context),
      readCount(size, "storage length", context),
    );
  },
};

function isTensor(value: PickleValue | undefined): value is TensorRef | ForeignTensor {
  return value instanceof TensorRef || value instanceof ForeignTensor;
}

function unknown(name: string, context: PickleContext): PickleValue {
  context.spendItems(0);
  return ScriptModule.isClass(name) ? new ScriptModule() : new PickleStub(name);
}

function dict(pairs: PickleValue | undefined, context: PickleContext): PickleValue {
  context.spendItems(pairs instanceof Map ? pairs.size : Array.isArray(pairs) ? pairs.length : 0);
  if (pairs === undefined) return new Map();
  if (pairs instanceof Map) return new Map(pairs);
  if (!Array.isArray(pairs)) return context.fail("builds a dict from something that is not pairs");
  const map = new Map<PickleValue, PickleValue>();
  for (const pair of pairs) {
    if (!Array.isArray(pair) || pair.length !== 2) {
      return context.fail("builds a dict from a pair that is none");
    }
    map.set(context.checkKey(pair[0]!), pair[1]!);
  }
  return map;
}
