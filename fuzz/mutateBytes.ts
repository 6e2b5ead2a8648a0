import type { Draw } from "./draw.ts";

/** Longest input in bytes. */
export const LONGEST = 2 ** 16;

const edges = [0, 1, 2, 7, 8, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fffffff, 0x80000000];
const wide = [0xffffffff, 2 ** 32, 2 ** 52, 2 ** 53, 2 ** 62, 2 ** 63, 2 ** 64 - 2048];

type Change = (draw: Draw, bytes: Uint8Array, other: Uint8Array) => Uint8Array;

const changes: readonly Change[] = [
  function flipBit(draw, bytes) {
    const at = draw.below(bytes.length);
    return bytes.with(at, bytes[at]! ^ (1 << draw.below(8)));
  },
  function setByte(draw, bytes) {
    return bytes.with(draw.below(bytes.length), draw.pick(edges) & 255);
  },
  function setInteger(draw, bytes) {
    const size = draw.pick([2, 4, 8] as const);
    const value = Buffer.alloc(8);
    value.writeBigUInt64LE(BigInt(draw.pick([...edges, ...wide])));
    if (draw.chance(0.3)) value.subarray(0, size).reverse();
    const at = draw.below(Math.max(bytes.length - size, 0) + 1);
    return joined(bytes.subarray(0, at), value.subarray(0, size), bytes.subarray(at + size));
  },
  function insert(draw, bytes) {
    const at = draw.below(bytes.length + 1);
    const added = draw.bytes(1 + draw.below(8));
    return joined(bytes.subarray(0, at), added, bytes.subarray(at));
  },
  function remove(draw, bytes) {
    const [from, to] = block(draw, bytes);
    return joined(bytes.subarray(0, from), bytes.subarray(to));
  },
  function repeat(draw, bytes) {
    const [from, to] = block(draw, bytes);
    const times = draw.chance(0.1) ? 500 : 1 + draw.below(3);
    const copies = Array.from({ length: times }, () => bytes.subarray(from, to));
    return joined(bytes.subarray(0, to), ...copies, bytes.subarray(to));
  },
  function splice(draw, bytes, other) {
    const [from, to] = block(draw, other);
    const at = draw.below(bytes.length + 1);
    const keep = draw.chance(0.5) ? at : Math.min(at + to - from, bytes.length);
    return joined(bytes.subarray(0, at), other.subarray(from, to), bytes.subarray(keep));
  },
  function cut(draw, bytes) {
    return bytes.subarray(0, draw.below(bytes.length + 1));
  },
];

/** A copy of `bytes` with one to four changes, some taken from `other`. */
export function mutateBytes(draw: Draw, bytes: Uint8Array, other: Uint8Array): Uint8Array {
  let changed: Uint8Array = bytes;
  for (let count = 1 + draw.below(4); count > 0; count--) {
    changed = changed.length === 0 ? draw.bytes(4) : draw.pick(changes)(draw, changed, other);
  }
  return changed.subarray(0, LONGEST);
}

/** The concatenation of parts. */
export function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(parts);
}

function block(draw: Draw, bytes: Uint8Array): readonly [from: number, to: number] {
  const from = draw.below(bytes.length + 1);
  const most = Math.min(bytes.length - from, draw.chance(0.8) ? 16 : 4096);
  return [from, from + draw.below(most + 1)];
}
