// The functions of torch._utils that rebuild tensors.
import { isStoredDtype, itemSize } from "./dtype.ts";
import { foreignSizes } from "./foreignTypes.ts";
import type { PickleContext } from "./pickle.ts";
import {
  ForeignTensor,
  PickleGlobal,
  StorageRef,
  TensorRef,
  type PickleValue,
} from "./pickleValue.ts";
import { countElements } from "./shape.ts";
import { countsIn, elementType, readCount, readCounts } from "./torchTypes.ts";

type Arguments = readonly PickleValue[];

/**
 * A view of a storage, arguments `(storage, offset, size, stride, ...)`. The metadata is a dict of
 * flags; `conj` means nothing for real numbers and complex ones are not read.
 */
export function rebuildTensor(
  args: Arguments,
  type: PickleValue | undefined,
  metadata: PickleValue | undefined,
  context: PickleContext,
): TensorRef | ForeignTensor {
  const [storage, offset, size, stride] = args;
  if (!(storage instanceof StorageRef)) {
    return context.fail("rebuilds a tensor without a storage");
  }
  const shape = readCounts(size, "size", context);
  const strides = readCounts(stride, "stride", context);
  if (shape.length !== strides.length) {
    context.fail(`tensor of shape [${shape.join(", ")}] has strides [${strides.join(", ")}]`);
  }
  const dtype =
    elementType(type) ?? storage.dtype ?? context.fail("rebuilds a tensor of unknown type");
  if (!isStoredDtype(dtype)) return foreign(dtype, shape);
  const isNegated = metadata instanceof Map && metadata.get("neg") === true;
  if (isNegated && dtype === "bool") return foreign("negated bool", shape);
  const start = readCount(offset, "tensor offset", context);
  return new TensorRef(storage, dtype, start, shape, strides, isNegated);
}

/** A tensor that is more, or less, than a view of one storage; `undefined` for any other name. */
export function rebuildForeign(name: string, args: Arguments): PickleValue | undefined {
  switch (name) {
    case "torch._utils._rebuild_qtensor": {
      const type = args[0] instanceof StorageRef ? args[0].dtype : undefined;
      return foreign(type ?? "quantized", countsIn(args[2]));
    }
    case "torch._utils._rebuild_sparse_tensor": {
      // (layout, (indices, values, size, ...)) or (layout, (rows, columns, values, size)).
      const [layout, parts] = args;
      const label = layout instanceof PickleGlobal ? layout.name : "sparse";
      const items = Array.isArray(parts) ? parts : [];
      const size = items.findLast((item) => Array.isArray(item));
      const bytes = items.reduce<number>((sum, item) => sum + bytesOf(item), 0);
      return new ForeignTensor(label.replace(/^torch\./, ""), countsIn(size) ?? [], bytes);
    }
    case "torch._utils._rebuild_nested_tensor":
      return new ForeignTensor("nested", [], bytesOf(args[0]));
    case "torch._utils._rebuild_meta_tensor_no_storage":
      return new ForeignTensor("meta", countsIn(args[1]) ?? [], 0);
    case "torch._utils._rebuild_wrapper_subclass": {
      const label = args[0] instanceof PickleGlobal ? args[0].name : "a tensor subclass";
      return new ForeignTensor(label, countsIn(args[2]) ?? [], 0);
    }
    case "torch._utils._rebuild_device_tensor_from_cpu_tensor": {
      const [tensor, dtype] = args;
      if (tensor instanceof TensorRef && tensor.dtype === elementType(dtype)) return tensor;
      return foreign(elementType(dtype) ?? "of another device", shapeOf(tensor));
    }
    case "torch._utils._rebuild_device_tensor_from_numpy":
    case "torch._utils._rebuild_xla_tensor":
      return foreign(elementType(args[1]) ?? "of another device", undefined);
    default:
      return undefined;
  }
}

function foreign(dtype: string, shape: readonly number[] = []): ForeignTensor {
  const bytes = countElements(shape) * (foreignSizes.get(dtype) ?? 0);
  return new ForeignTensor(dtype, shape, Number.isSafeInteger(bytes) ? bytes : 0);
}

function shapeOf(value: PickleValue | undefined): readonly number[] | undefined {
  return value instanceof TensorRef || value instanceof ForeignTensor ? value.shape : undefined;
}

function bytesOf(value: PickleValue | undefined): number {
  if (!(value instanceof TensorRef)) return 0;
  const bytes = countElements(value.shape) * itemSize[value.dtype];
  return Number.isSafeInteger(bytes) ? bytes : 0;
}
