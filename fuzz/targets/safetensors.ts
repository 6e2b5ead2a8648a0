import fc from "fast-check";
import { joined } from "../mutateBytes.ts";
import type { Draw } from "../draw.ts";
import type { Target } from "../target.ts";
import { isCheckpointError, readCheckpoint } from "./checkpoint.ts";

const size = fc.oneof(
  { weight: 5, arbitrary: fc.nat(4) },
  fc.constantFrom(2 ** 16, 2 ** 31, 2 ** 32, 2 ** 52, 2 ** 53, 1e300, -1, 0.5),
  fc.constantFrom<unknown>(null, "1", [], {}, true),
);
const names = fc.oneof(
  fc.constantFrom(
    "a",
    "b",
    "a.b",
    "",
    "__metadata__",
    "__proto__",
    "\u202e",
    "\x1b[2J",
    "toString",
  ),
  fc.string({ maxLength: 5 }),
);
const entry = fc.record(
  {
    dtype: fc.constantFrom<unknown>(
      ..."F32 F16 BF16 F64 I64 U8 BOOL F8_E4M3 X".split(" "),
      1,
      null,
    ),
    shape: fc.oneof({ weight: 9, arbitrary: fc.array(size, { maxLength: 4 }) }, fc.jsonValue()),
    data_offsets: fc.oneof(
      { weight: 9, arbitrary: fc.array(size, { maxLength: 3 }) },
      fc.jsonValue(),
    ),
  },
  { requiredKeys: [] },
);
const header = fc.dictionary(names, fc.oneof({ weight: 9, arbitrary: entry }, fc.jsonValue()), {
  maxKeys: 4,
});

/** Files in the safetensors format. */
export const safetensors: Target = {
  name: "safetensors",
  ending: ".safetensors",
  seeds: () =>
    Promise.resolve([
      file({ a: { dtype: "F32", shape: [2, 3], data_offsets: [0, 24] } }, 24),
      file(
        {
          __metadata__: { format: "pt" },
          "a.weight": { dtype: "BF16", shape: [4], data_offsets: [0, 8] },
          "b.bias": { dtype: "I64", shape: [], data_offsets: [8, 16] },
        },
        16,
      ),
    ]),
  shape(draw) {
    if (draw.chance(0.6)) return consistent(draw);
    const [found] = fc.sample(header, { numRuns: 1, seed: draw.below(2 ** 31) });
    return file(found!, draw.below(64));
  },
  run: readCheckpoint,
  isExpected: isCheckpointError,
};

/** A right file, but for one number or so. */
function consistent(draw: Draw): Uint8Array {
  const entries: Record<string, unknown> = {};
  let at = 0;
  for (let count = draw.below(5); count > 0; count--) {
    const shape = Array.from({ length: draw.below(4) }, () => draw.below(4));
    const bytes = 4 * shape.reduce((product, n) => product * n, 1);
    const wrong = (n: number): number =>
      draw.chance(0.05) ? draw.pick([n + 1, n - 1, -n, 2 ** 31, 2 ** 53, 0]) : n;
    entries[`t${count}`] = {
      dtype: "F32",
      shape: shape.map(wrong),
      data_offsets: [wrong(at), wrong(at + bytes)],
    };
    at += bytes;
  }
  return file(entries, at);
}

function file(entries: object, dataBytes: number): Uint8Array {
  const text = Buffer.from(JSON.stringify(entries));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return joined(length, text, new Uint8Array(dataBytes));
}
