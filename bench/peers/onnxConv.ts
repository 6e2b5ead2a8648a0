import {
  bytesField,
  message,
  varintField,
} from "../../packages/vidtok-train/src/loggers/protobuf.ts";
import type { ConvSizes } from "./convPeer.ts";

const [FLOAT, INTS] = [1, 7];
// The first of both that every release of the last years reads.
const [IR_VERSION, OPSET] = [8, 13];

/** The bytes of an ONNX model with one Conv from `x` to `y`, whose weight and bias are constants, as ONNX Runtime arranges only those for speed. */
export function onnxConv(sizes: ConvSizes, weight: Float32Array, bias: Float32Array): Buffer {
  const { input, weight: shape, stride, padding } = sizes;
  const [n, , t, h, w] = input;
  const out = [t, h, w].map(
    (size, i) => Math.floor((size + 2 * padding[i]! - shape[2 + i]!) / stride[i]!) + 1,
  );
  const node = message(
    ...["x", "weight", "bias"].map((name) => bytesField(1, name)),
    bytesField(2, "y"),
    bytesField(4, "Conv"),
    bytesField(5, ints("kernel_shape", shape.slice(2))),
    bytesField(5, ints("strides", stride)),
    bytesField(5, ints("pads", [...padding, ...padding])),
  );
  const graph = message(
    bytesField(1, node),
    bytesField(2, "conv"),
    bytesField(5, constant("weight", shape, weight)),
    bytesField(5, constant("bias", [shape[0]], bias)),
    bytesField(11, valueOf("x", input)),
    bytesField(12, valueOf("y", [n, shape[0], ...out])),
  );
  return message(
    varintField(1, IR_VERSION),
    bytesField(7, graph),
    bytesField(8, message(bytesField(1, ""), varintField(2, OPSET))),
  );
}

function ints(name: string, values: readonly number[]): Buffer {
  return message(
    bytesField(1, name),
    ...values.map((value) => varintField(8, value)),
    varintField(20, INTS),
  );
}

function constant(name: string, shape: readonly number[], values: Float32Array): Buffer {
  return message(
    ...shape.map((size) => varintField(1, size)),
    varintField(2, FLOAT),
    bytesField(8, name),
    bytesField(9, new Uint8Array(values.buffer, values.byteOffset, values.byteLength)),
  );
}

function valueOf(name: string, shape: readonly number[]): Buffer {
  const dims = shape.map((size) => bytesField(1, varintField(1, size)));
  const tensor = message(varintField(1, FLOAT), bytesField(2, message(...dims)));
  return message(bytesField(1, name), bytesField(2, bytesField(1, tensor)));
}
