import type { Draw } from "./draw.ts";
import { joined } from "./mutateBytes.ts";

const text = (value: string): Buffer => {
  const encoded = Buffer.from(value);
  const head = Buffer.alloc(5);
  head.write("X");
  head.writeUInt32LE(encoded.length, 1);
  return Buffer.concat([head, encoded]);
};

const global = (module: string, name: string): Buffer => Buffer.from(`c${module}\n${name}\n`);

const integer = (value: bigint): Buffer => {
  const bytes = Buffer.alloc(10);
  bytes.set([0x8a, 8]);
  bytes.writeBigInt64LE(BigInt.asIntN(64, value), 2);
  return bytes;
};

const classes = [
  ["torch._utils", "_rebuild_tensor_v2"],
  ["torch._utils", "_rebuild_parameter"],
  ["collections", "OrderedDict"],
  ["torch", "FloatStorage"],
  ["torch", "HalfStorage"],
  ["torch.storage", "UntypedStorage"],
  ["os", "system"],
  ["builtins", "getattr"],
] as const;

const names = [
  "state_dict",
  "a.weight",
  "__proto__",
  "model",
  "",
  "\x1b[2J\u202e",
  "k".repeat(200),
];

const sizes = [0n, 1n, 2n, 3n, 16n, 2n ** 31n, 2n ** 53n, 2n ** 62n, -1n, 2n ** 63n];

/** Opcodes that can stand anywhere, most of them wrongly. */
const opcodes: readonly Buffer[] = [
  ...Array.from("(0123.NRQabdeltus)}]oi\x81\x85\x86\x87\x88\x89\x8f\x90\x91\x92\x93\x94", (one) =>
    Buffer.from(one, "latin1"),
  ),
  ...["q\0", "h\0", "h\x01", "j\xff\xff\xff\xff", "r\xff\xff\xff\x7f", "K\x01", "M\xff\xff"].map(
    (one) => Buffer.from(one, "latin1"),
  ),
  ...["J\xff\xff\xff\xff", "G\x7f\xf8\0\0\0\0\0\0", "\x95\xff\xff\xff\xff\xff\xff\xff\xff"].map(
    (one) => Buffer.from(one, "latin1"),
  ),
  ...["\x8d\xff\xff\xff\xff\xff\xff\x1f\0", "\x8b\xff\xff\xff\x7f", "B\xff\xff\xff\x7f"].map(
    (one) => Buffer.from(one, "latin1"),
  ),
  ...["I1\n", "L9".padEnd(300, "9") + "L\n", "F1e999\n", "S'x'\n", "Vx\n", "Px\n", "p1\n"].map(
    (one) => Buffer.from(one),
  ),
  ...classes.map(([module, name]) => global(module, name)),
];

/** A pickle of a state dict, of which some numbers and names are absurd. */
export function drawPickle(draw: Draw): Uint8Array {
  return joined(Buffer.from([0x80, 2]), dict(draw, 4), Buffer.from("."));
}

/** A pickle with one to three opcodes put in, which stand there most often wrongly. */
export function insertOpcodes(draw: Draw, pickle: Uint8Array): Uint8Array {
  let changed: Uint8Array = pickle;
  for (let count = 1 + draw.below(3); count > 0; count--) {
    const at = draw.below(changed.length + 1);
    const keep = draw.chance(0.5) ? at : at + draw.below(4);
    changed = joined(changed.subarray(0, at), draw.pick(opcodes), changed.subarray(keep));
  }
  return changed;
}

function value(draw: Draw, depth: number): Uint8Array {
  if (draw.chance(0.02)) return nested(draw);
  const kind = depth === 0 ? draw.below(3) : draw.below(8);
  switch (kind) {
    case 0:
      return integer(draw.pick(sizes));
    case 1:
      return text(draw.pick(names));
    case 2:
      return Buffer.from(draw.pick(["N", "\x88", "}", "]", ")", "h\0"]), "latin1");
    case 3:
    case 4:
      return tensor(draw);
    case 5:
      return list(draw, depth);
    default:
      return dict(draw, depth);
  }
}

function list(draw: Draw, depth: number): Uint8Array {
  const items = Array.from({ length: draw.below(4) }, () => value(draw, depth - 1));
  const [open, close] = draw.pick([["](", "e"] as const, ["(", "t"] as const, ["(", "l"] as const]);
  return joined(Buffer.from(open), ...items, Buffer.from(close));
}

function dict(draw: Draw, depth: number): Uint8Array {
  const pairs = Array.from({ length: draw.below(5) }, () => [
    draw.chance(0.95) ? text(draw.pick(names)) : value(draw, 0),
    value(draw, depth - 1),
  ]).flat();
  const isOrdered = draw.chance(0.3);
  const start = isOrdered ? joined(global("collections", "OrderedDict"), Buffer.from(")R")) : null;
  return joined(start ?? Buffer.from("}"), Buffer.from("("), ...pairs, Buffer.from("u"));
}

function tensor(draw: Draw): Uint8Array {
  const shape = Array.from({ length: draw.below(4) }, () => number(draw));
  const strides = shape.map(() => number(draw));
  const tuple = (items: readonly bigint[]): Uint8Array =>
    joined(Buffer.from("("), ...items.map(integer), Buffer.from("t"));
  const storage = joined(
    Buffer.from("("),
    text("storage"),
    global("torch", draw.pick(["FloatStorage", "HalfStorage", "LongStorage", "BoolStorage"])),
    text(draw.chance(0.95) ? "0" : draw.pick(["1", "../0", "9"])),
    text("cpu"),
    integer(number(draw, 16n)),
    Buffer.from("tQ"),
  );
  return joined(
    global("torch._utils", "_rebuild_tensor_v2"),
    Buffer.from("("),
    storage,
    integer(number(draw, 0n)),
    tuple(shape),
    tuple(strides),
    Buffer.from("\x89", "latin1"),
    global("collections", "OrderedDict"),
    Buffer.from(")RtR"),
  );
}

function number(draw: Draw, usual = BigInt(draw.below(4))): bigint {
  return draw.chance(0.9) ? usual : draw.pick(sizes);
}

/** Thousands of values in each other, or of references to one. */
function nested(draw: Draw): Uint8Array {
  const count = draw.pick([100, 2000, 20_000]);
  if (draw.chance(0.5)) {
    return joined(Buffer.from("](".repeat(count)), Buffer.from("e".repeat(count)));
  }
  return joined(Buffer.from("]q\x01("), Buffer.from("h\x01".repeat(count)), Buffer.from("e"));
}
