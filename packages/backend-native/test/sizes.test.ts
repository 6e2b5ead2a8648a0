// What the addon itself refuses, whoever calls it: sizes that no memory has, views that reach too
// far, arguments of the wrong kind.
import {
  expand,
  layerNorm,
  matmul,
  add,
  conv,
  sum,
  permute,
  tensor,
  useBackend,
} from "@vidtok/tensor";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { nativeBackend, type Isa } from "../src/index.ts";
import { addons } from "./addons.ts";
import type { Kernel } from "./hostileCommands.ts";

describe.each(addons)("%s", (_, addon) => {
  const runs = addon.isas.filter(({ reason }) => reason === "").map(({ isa }) => isa as Isa);
  const backend = nativeBackend({ isa: runs.at(-1)!, threads: 1 });
  const commands = new Float64Array(256);
  const session = new addon.Session(commands, 1, 0);
  const six = session.upload(Float32Array.of(1, 2, 3, 4, 5, 6));
  const freed = session.upload(new Float32Array(6));
  session.free(freed);

  beforeAll(() => useBackend(backend));
  afterAll(() => expect(session.memory().live).toBe(24));

  /** Writes a call and runs it. */
  const call =
    (method: Kernel, ...numbers: readonly number[]) =>
    (): unknown => {
      commands.fill(NaN);
      commands.set(numbers);
      return session[method]();
    };

  const view = (
    handle: number,
    offset: number,
    ...axes: readonly (readonly number[])[]
  ): number[] => [handle, offset, axes.length, ...axes.flat()];
  const vector = view(six, 0, [6, 1, 0, 6]);
  // One register, no instruction: a copy.
  const copy = [0, 1, 0, 0];
  const copied = (...numbers: readonly number[]): (() => unknown) =>
    call("map", ...numbers, ...copy);

  test("a copy that is well described is made", () => {
    const result = copied(0, 1, 1, 6, ...vector)() as number;
    const values = new Float32Array(6);
    session.read(result, values);
    expect([...values]).toEqual([1, 2, 3, 4, 5, 6]);
    session.free(result);
  });

  test.each<[string, () => unknown]>([
    ["there is no storage 99, or it was freed", copied(0, 1, 1, 6, ...view(99, 0, [6, 1, 0, 6]))],
    [`there is no storage ${freed}, or`, copied(0, 1, 1, 6, ...view(freed, 0, [6, 1, 0, 6]))],
    ["there is no storage -1, or it was freed", copied(0, 1, 1, 6, ...view(-1, 0, [6, 1, 0, 6]))],
    ["the number of a storage is nan", copied(0, 1, 1, 6, ...view(NaN, 0, [6, 1, 0, 6]))],
    ["the offset of a view is 0.5", copied(0, 1, 1, 6, ...view(six, 0.5, [6, 1, 0, 6]))],
    ["the offset of a view is inf", copied(0, 1, 1, 6, ...view(six, Infinity, [6, 1, 0, 6]))],
    ["a size of a view is -6", copied(0, 1, 1, 6, ...view(six, 0, [-6, 1, 0, 6]))],
    [
      "a size of a view is 9.2233720368547758e+18",
      copied(0, 1, 1, 6, ...view(six, 0, [2 ** 63, 1, 0, 6])),
    ],
    ["the bounds of a view are not inside it", copied(0, 1, 1, 6, ...view(six, 0, [6, 1, 0, 7]))],
    ["the bounds of a view are not inside it", copied(0, 1, 1, 6, ...view(six, 0, [6, 1, 3, 2]))],
    ["a lower bound of a view is -1", copied(0, 1, 1, 6, ...view(six, 1, [6, 1, -1, 5]))],
    [
      "a view reads elements 1 to 6 of a storage of 6",
      copied(0, 1, 1, 6, ...view(six, 1, [6, 1, 0, 6])),
    ],
    [
      "a view reads elements -5 to 0 of a storage of 6",
      copied(0, 1, 1, 6, ...view(six, 0, [6, -1, 0, 6])),
    ],
    // The last address is 5 again where 64 bits overflow.
    [
      "a size of 8589934591 * 9007199254740992 does not fit into 64 bits",
      copied(0, 1, 1, 2 ** 33, ...view(six, 5, [2 ** 33, 2 ** 53, 0, 2 ** 33])),
    ],
    [
      "a size of 8589934592 * 9007199254740992 does not fit into 64 bits",
      copied(0, 1, 1, 2 ** 33, ...view(six, 0, [2 ** 33, 2 ** 53, 0, 1])),
    ],
    ["the rank of a formula is 17", copied(0, 17, 1, 6, ...vector)],
    ["the rank of a view is 17", copied(0, 1, 1, 6, six, 0, 17)],
    ["an input of the formula has shape [6] instead of [7]", copied(0, 1, 1, 7, ...vector)],
    ["an input of the formula has shape [6] instead of [6, 1]", copied(0, 2, 1, 6, 1, ...vector)],
    [
      "the shape [2147483648, 2147483648] has more than the 35184372088832 elements",
      copied(0, 2, 0, 2 ** 31, 2 ** 31),
    ],
    ["the shape [0, 2147483648, 2147483648] has more than", copied(0, 3, 0, 0, 2 ** 31, 2 ** 31)],
    ["a number format is 2", copied(2, 1, 1, 6, ...vector)],
    ["the number of constants is -1", call("map", 0, 1, 1, 6, ...vector, -1)],
    [
      "a register of the formula is 9",
      call("map", 0, 1, 1, 6, ...vector, 0, 2, 1, 1, 0, 1, 0, 9, 0),
    ],
    [
      "the formula reads register 1 before it is written",
      call("map", 0, 1, 1, 6, ...vector, 0, 2, 1, 1, 0, 1, 0, 1, 0),
    ],
    [
      "the register of a result is 0",
      call("map", 0, 1, 1, 6, ...vector, 0, 2, 1, 1, 0, 0, 0, 0, 0),
    ],
    ["an operation is 16", call("map", 0, 1, 1, 6, ...vector, 0, 2, 1, 1, 16, 1, 0, 0, 0)],
    ["nothing writes the register of the result", call("map", 0, 1, 1, 6, ...vector, 0, 2, 1, 0)],
    ["a formula has no registers", call("map", 0, 1, 0, 6, 0, 0, 0, 0)],
    ["the number of results is -1", call("mapAll", 1, 1, 6, ...vector, ...copy, -1)],
    ["a register of the formula is 3", call("mapAll", 1, 1, 6, ...vector, ...copy, 1, 3)],
    ["a reduction is 2", call("reduce", 2, 1, 1, 1, 6, ...vector, ...copy)],
    [
      "more axes are reduced than the formula has",
      call("reduce", 0, 2, 1, 1, 6, ...vector, ...copy),
    ],
    ["matmul takes two operands of rank 3", call("matmul", ...vector, ...vector, 0, 0)],
    [
      "the operands of matmul do not fit each other",
      call(
        "matmul",
        ...view(six, 0, [1, 6, 0, 1], [2, 3, 0, 2], [3, 1, 0, 3]),
        ...view(six, 0, [1, 6, 0, 1], [2, 3, 0, 2], [3, 1, 0, 3]),
        0,
        0,
      ),
    ],
    [
      "the weight or the bias of layerNorm does not fit its channels",
      call(
        "layerNorm",
        0,
        1e-5,
        0,
        ...view(six, 0, [2, 3, 0, 2], [3, 1, 0, 3]),
        ...vector,
        ...vector,
      ),
    ],
    [
      "layerNorm takes an input of rank 1 at least",
      call("layerNorm", 0, 1e-5, 0, ...view(six, 0), ...vector, ...vector),
    ],
  ])("%s", (message, run) => {
    expect(run).toThrow(`native: ${message}`);
  });

  interface Parts {
    readonly x?: readonly number[];
    readonly weight?: readonly number[];
    readonly bias?: readonly number[];
    /** Of the last axis: in, taps, out, stride, dilation, inputDilation, padding. */
    readonly last?: readonly number[];
    readonly repeat?: readonly number[];
    readonly mix?: readonly number[];
  }
  const unit = [1, 0, 0, 1];
  const point = [1, 1, 1, 1, 1, 1, 0];

  /** A convolution of one line of six pixels with three taps. */
  function conv1({ x, weight, bias, last, repeat = [1, 1, 1], mix }: Parts): () => unknown {
    return call(
      "conv",
      ...[0, 0, 1],
      ...(x ?? view(six, 0, unit, unit, unit, [6, 1, 0, 6], unit)),
      ...(weight ?? view(six, 0, unit, unit, unit, [3, 1, 0, 3], unit)),
      ...(bias ? [1, ...bias] : [0]),
      ...[...point, ...point, ...(last ?? [6, 3, 4, 1, 1, 1, 0]), ...repeat],
      ...[0, 0],
      ...(mix ? [1, ...mix] : [0]),
    );
  }

  test("a convolution that is well described is made", () => {
    const result = conv1({})() as number;
    const values = new Float32Array(4);
    session.read(result, values);
    expect([...values]).toEqual([14, 20, 26, 32]);
    session.free(result);
  });

  test.each<[string, Parts]>([
    ["the rank of an operand of a convolution is 1 instead of 5", { x: vector }],
    ["the weight's taps of a convolution is 3 instead of 2", { last: [6, 2, 4, 1, 1, 1, 0] }],
    ["the input's length of a convolution is 7 instead of 6", { last: [7, 3, 4, 1, 1, 1, 0] }],
    ["taps, stride, dilation and input dilation", { last: [6, 3, 4, 0, 1, 1, 0] }],
    ["taps, stride, dilation and input dilation", { last: [6, 3, 4, 1, 0, 1, 0] }],
    ["a stride is -1", { last: [6, 3, 4, -1, 1, 1, 0] }],
    ["a padding is 0.5", { last: [6, 3, 4, 1, 1, 1, 0.5] }],
    ["how often an input is repeated is 0", { repeat: [1, 1, 0] }],
    ["the input's length of a convolution is 6 instead of 12", { repeat: [1, 1, 2] }],
    [
      "a convolution either repeats or dilates its input",
      { last: [6, 3, 4, 1, 1, 2, 0], repeat: [2, 1, 1] },
    ],
    ["does not fit into 64 bits", { last: [6, 3, 2 ** 40, 2 ** 40, 1, 1, 0] }],
    ["has more than the 35184372088832 elements", { last: [6, 3, 4, 1, 2 ** 44, 1, 2 ** 45] }],
    ["has more than the 35184372088832 elements", { last: [6, 3, 4, 1, 1, 1, -(2 ** 50)] }],
    ["the bias of a convolution is 6 instead of 1", { bias: vector }],
    ["the mix of a convolution is 6 instead of 1", { mix: vector }],
    [
      "the weight's channels of a convolution is 2 instead of 1",
      { weight: view(six, 0, unit, unit, unit, [3, 2, 0, 3], [2, 1, 0, 2]) },
    ],
  ])("conv: %s", (message, parts) => {
    expect(conv1(parts)).toThrow(message);
  });

  test("a call that ends early is refused", () => {
    const short = new addon.Session(Float64Array.of(0, 1, 1), 1, 0);
    expect(() => short.map()).toThrow("native: the call ends before all its numbers were read");
    const none = new addon.Session(new Float64Array(), 1, 0);
    expect(() => none.conv()).toThrow("native: the call ends before all its numbers were read");
  });

  test("commands whose memory was taken away are refused", () => {
    const numbers = new Float64Array(64);
    const own = new addon.Session(numbers, 1, 0);
    structuredClone(numbers, { transfer: [numbers.buffer] });
    expect(() => own.map()).toThrow("native: the call ends before all its numbers were read");
  });

  test("more elements than a storage has cannot be read", () => {
    expect(() => session.read(six, new Float32Array(7))).toThrow(
      "native: read: 7 elements of a storage of 6",
    );
  });

  test.each([NaN, Infinity, -1, 0.5, 2 ** 63, 1e300, 99, freed])(
    "storage %d is refused",
    (number) => {
      expect(() => session.read(number, new Float32Array(1))).toThrow(
        /^native: (the number of|there is no) /,
      );
      expect(() => session.free(number)).toThrow(/^native: (the number of|there is no) /);
      expect(() => session.copy(number)).toThrow(/^native: (the number of|there is no) /);
    },
  );

  const anything = [
    undefined,
    null,
    "6",
    {},
    [],
    new Float64Array(6),
    new Uint8Array(6),
    6n,
    Symbol(),
  ];

  test("arguments of the wrong kind are refused", () => {
    const { Session } = addon as unknown as { Session: new (...args: unknown[]) => object };
    const untyped = session as unknown as Record<string, (...args: unknown[]) => unknown>;
    for (const value of anything) {
      expect(() => untyped["upload"]!(value)).toThrow(
        "native: argument 1 has to be a Float32Array",
      );
      expect(() => untyped["read"]!(six, value)).toThrow(
        "native: argument 2 has to be a Float32Array",
      );
      expect(() => untyped["read"]!(value, new Float32Array(1))).toThrow(
        "argument 1 has to be a number",
      );
      expect(() => untyped["free"]!(value)).toThrow("native: argument 1 has to be a number");
      expect(() => untyped["multiplyAdds"]!("f32", value)).toThrow("argument 2 has to be a number");
      expect(() => new Session(commands, value, 0)).toThrow("argument 2 has to be a number");
      expect(() => new Session(commands, 1, value)).toThrow("argument 3 has to be a number");
      if (!(value instanceof Float64Array))
        expect(() => new Session(value, 1, 0)).toThrow("argument 1 has to be a Float64Array");
    }
    expect(() => untyped["multiplyAdds"]!(1, 1)).toThrow("native: argument 1 has to be a string");
    expect(() => untyped["map"]!.call({})).toThrow();
  });

  test.each([0, -1, 1.5, NaN, 1e9])("%d threads are refused", (threads) => {
    expect(() => new addon.Session(commands, threads, 0)).toThrow(
      "native: the number of threads is",
    );
  });

  test("an instruction set that there is not, or that this machine has not, is refused", () => {
    expect(() => new addon.Session(commands, 1, -1)).toThrow(
      "the number of an instruction set is -1",
    );
    expect(() => new addon.Session(commands, 1, 99)).toThrow(
      "the number of an instruction set is 99",
    );
    addon.isas.forEach(({ reason }, number) => {
      if (reason) expect(() => new addon.Session(commands, 1, number)).toThrow(`native: ${reason}`);
    });
  });

  const one = (rank: number) => tensor([1], Array<number>(rank).fill(1));
  const four = () => tensor([1, 1, 1, 1], [4]);

  test.each<[string, () => unknown]>([
    ["add", () => add(expand(one(2), [2 ** 31, 2 ** 31]), 1)],
    ["matmul", () => matmul(expand(one(2), [67280421310721, 1]), expand(one(2), [1, 274177]))],
    ["layerNorm", () => layerNorm(expand(one(3), [2 ** 31, 4, 2 ** 31]), four(), four())],
    [
      "layerNorm, channels last",
      () => layerNorm(permute(expand(one(3), [2 ** 31, 2 ** 31, 4]), [0, 2, 1]), four(), four()),
    ],
    ["conv", () => conv(expand(one(3), [2 ** 32, 1, 1]), expand(one(3), [2 ** 32, 1, 1]))],
    ["sum", () => sum(expand(one(3), [2 ** 32, 2 ** 32, 2 ** 32]))],
  ])("%s of sizes whose product passes 2^63 is an error", (_, run) => {
    expect(run).toThrow(Error);
  });
});
