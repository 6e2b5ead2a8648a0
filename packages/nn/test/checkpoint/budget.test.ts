import { expect, test } from "vitest";
import { CheckpointError, openCheckpoint } from "../../src/index.ts";
import { torchFile } from "../files.ts";

const int = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return bytes.toString("latin1");
};
const text = (value: string) => `X${int(value.length)}${value}`;
const long = (value: bigint) => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64LE(value);
  return `\x8a\x08${bytes.toString("latin1")}`;
};
const list = (item: string, count: number) => `}${text("k")}(${item.repeat(count)}ls.`;

/** A dict of `count` views of one storage of four elements. */
function views(count: number, shape: readonly bigint[], strides: readonly bigint[]): string {
  const view =
    `ctorch._utils\n_rebuild_tensor_v2\n((${text("storage")}ctorch\nFloatStorage\n${text("0")}` +
    `${text("cpu")}K\x04tQK\0(${shape.map(long).join("")}t(${strides.map(long).join("")}t\x89` +
    "ccollections\nOrderedDict\n)RtR";
  return `}(${Array.from({ length: count }, (_, i) => text(`t${i}`) + view).join("")}u.`;
}

// a = [None], b = [a, a], c = [b, b], ... by memo, then a dict of the last one.
const memo = (i: number) => String.fromCharCode(i);
const doubled = (first: string, pair: (inner: string) => string) => {
  const steps = Array.from({ length: 60 }, (_, i) => `${pair(`h${memo(i)}`)}q${memo(i + 1)}0`);
  return `${first}q\x000${steps.join("")}}${text("k")}h${memo(60)}s.`;
};
const lists = doubled("]", (inner) => `](${inner}${inner}e`);
const dicts = doubled("}", (inner) => `}(U\x01a${inner}U\x01b${inner}u`);
const pairs = `](${"K\x01K\x02\x86".repeat(20000)}eq\0`;
const attributes = `}q\0(${Array.from({ length: 20000 }, (_, i) => `${text(String(i))}N`).join("")}u0`;

const memory =
  /its values and their names take more than \d+ bytes of memory, which is the limit for a file of \d+ bytes/;
const elements =
  /tensor t\d+: its tensors unfold to far more than the file holds; all tensors .* elements of at most \d+ bytes/;
const reads =
  /tensor t\d+: its tensors unfold to far more than the file holds; all tensors .* views over at most \d+ bytes/;
const overflow = /tensor t0 \[.*\]: its sizes multiply to more than 2\^53/;

test.each([
  [
    "a key of 20,000 characters",
    `}(${text("k".repeat(20000))}(${"N".repeat(1000)}lu.`,
    /has a key of 20000 characters; at most 8192/,
  ],
  [
    "names of many long keys",
    `}${text("k".repeat(8000))}}${text("l".repeat(400))}Nss.`,
    /has a name of more than 8192 characters: kkk/,
  ],
  [
    "160,000 values under a long key",
    `}${text("k".repeat(8000))}(${"N".repeat(160_000)}ls.`,
    memory,
  ],
  ["lists that double 60 times", lists, memory],
  ["dicts that double 60 times", dicts, memory],
  [
    "50,000 copies of a list of pairs",
    `${pairs}${"ccollections\nOrderedDict\nh\0\x85R0".repeat(50_000)}}.`,
    memory,
  ],
  [
    "50,000 copies of a module's attributes",
    `${attributes}c__torch__.M\nM\n)\x81${"h\0b".repeat(50_000)}0}.`,
    memory,
  ],
  ["2,000,000 nested tuples", `}${text("k")}N${"\x85".repeat(2_000_000)}s.`, memory],
  ["3,000,000 empty dicts", list("}", 3_000_000), memory],
  ["500,000 views of one element", views(300, [65536n], [0n]), elements],
  ["views that repeat 16,777,216 times", views(40, [2n ** 24n], [0n]), elements],
  [
    "sizes whose product is infinite",
    views(1, [...Array<bigint>(30).fill(2n ** 52n), 0n], Array<bigint>(31).fill(0n)),
    overflow,
  ],
  ["sizes whose product passes 2^53", views(1, [2n ** 27n, 2n ** 27n], [0n, 0n]), overflow],
  ["strides beyond 2^53", views(1, [2n, 2n], [2n ** 52n, 2n ** 52n]), reads],
  [
    "a size beyond 2^53",
    views(1, [2n ** 60n], [0n]),
    /tensor size is 1152921504606846976, not a count/,
  ],
  ["a negative stride", views(1, [2n], [-1n]), /tensor stride is -1, not a count/],
])(
  "a pickle with %s is refused within seconds",
  async (_, pickle, message) => {
    const error = await openCheckpoint(
      torchFile(`\x80\x02${pickle}`, { "0": new Uint8Array(16) }),
    ).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(CheckpointError);
    expect(String(error)).toMatch(message);
    expect(String(error).length).toBeLessThan(2500);
  },
  60_000,
);

test("timers, and so signals, have their turn while a long pickle is read", async () => {
  let turns = 0;
  const timer = setInterval(() => turns++, 0);
  const checkpoint = await openCheckpoint(torchFile(`\x80\x02${"N0".repeat(1_000_000)}}.`));
  clearInterval(timer);
  await checkpoint.close();
  expect(turns).toBeGreaterThan(2);
});

test("tied weights and a mask of a mebibyte in a small file are read", async () => {
  const tied = torchFile(`\x80\x02${views(1000, [4n], [1n])}`, { "0": new Uint8Array(16) });
  const checkpoint = await openCheckpoint(tied);
  expect(checkpoint.entries.size).toBe(1000);
  await checkpoint.close();
  const mask = torchFile(`\x80\x02${views(1, [512n, 512n], [0n, 0n])}`, {
    "0": new Uint8Array(16),
  });
  const expanded = await openCheckpoint(mask);
  expect(await expanded.entries.get("t0")!.read()).toHaveLength(2 ** 18);
  await expanded.close();
});
