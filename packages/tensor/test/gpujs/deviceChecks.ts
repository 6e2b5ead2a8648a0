// What every mode of gpu.js must do beside the op table, in Node and in the browser alike: each check throws where it does not hold.
import * as op from "../../src/index.ts";
import { E, input, type Expr } from "../../src/expr.ts";
import type { Backend, Source, Storage, Tensor } from "../../src/index.ts";
import { referenceBackend, assertClose } from "../../src/testing/index.ts";
import type { Axis, View } from "../../src/view.ts";

const along = (size: number, stride: number): Axis => ({ size, stride, lo: 0, hi: size });
const line = (size: number, offset = 0, stride = 1): View => ({
  axes: [along(size, stride)],
  offset,
});

async function expectValues(
  backend: Backend,
  storage: Storage,
  expected: ArrayLike<number>,
  tolerance: number,
): Promise<void> {
  const values = await backend.read(storage);
  backend.free(storage);
  assertClose(values, expected, tolerance);
}

const f32 = { operands: "f32", result: "f32" } as const;

// Larger than float32 counts, and not a power of two.
const side = 4099;
const long = side * side + 8;

let longData: Float32Array | undefined;

async function withLong(
  backend: Backend,
  body: (source: Storage, data: Float32Array) => Promise<void>,
): Promise<void> {
  if (!longData) {
    longData = new Float32Array(long);
    for (let i = 0; i < long; i++) longData[i] = (i * 7) % 8191;
  }
  const storage = backend.upload(longData);
  await body(storage, longData);
  backend.free(storage);
}

const finite: Readonly<Record<string, (x: Tensor) => Tensor>> = {
  exp: (x) => op.exp(op.minimum(x, 80)),
  tanh: op.tanh,
  sigmoid: op.sigmoid,
  silu: op.silu,
  softplus: op.softplus,
  abs: op.abs,
  round: op.round,
  floor: op.floor,
  softmax: (x) => op.softmax(x),
};
const extremes = [0, 1e-30, -1e-30, 88, -88, 104, -104, 1e4, -1e4, 2.5, 3.5, -0.5, 8388609];

async function onExtremes(backend: Backend, f: (x: Tensor) => Tensor): Promise<Float32Array> {
  await op.useBackend(backend);
  const x = op.tensor(extremes, [extremes.length]);
  const y = f(x);
  const [dx] = op.grad(y, [x], op.onesLike(y));
  return Float32Array.of(...(await y.read()), ...(await dx!.read()));
}

/** Every check, by what it states. */
export const deviceChecks: Readonly<Record<string, (backend: Backend) => Promise<void>>> = {
  async "loops of more than 1000 rounds run to their end"(backend) {
    const data = Float32Array.from({ length: 1500 }, (_, i) => (i % 7) - 3);
    const x = backend.upload(data);
    const row: Source = {
      storage: x,
      view: { axes: [along(1, 0), along(1, 0), along(1500, 1)], offset: 0 },
    };
    const column: Source = {
      storage: x,
      view: { axes: [along(1, 0), along(1500, 1), along(1, 0)], offset: 0 },
    };
    const squares = data.reduce((sum, v) => sum + v * v, 0);
    await expectValues(backend, backend.matmul(row, column, f32), [squares], 1e-6);
    const axis = {
      in: 1500,
      taps: 1500,
      out: 1,
      stride: 1,
      dilation: 1,
      inputDilation: 1,
      padding: 0,
    };
    const one = { in: 1, taps: 1, out: 1, stride: 1, dilation: 1, inputDilation: 1, padding: 0 };
    const view: View = {
      axes: [1, 1, 1, 1500, 1].map((size) => along(size, size > 1 ? 1 : 0)),
      offset: 0,
    };
    const y = backend.conv(
      { storage: x, view },
      { storage: x, view },
      undefined,
      [one, one, axis],
      f32,
    );
    await expectValues(backend, y, [squares], 1e-6);
    backend.free(x);
  },

  async "a sum of 4 million numbers is right in float32"(backend) {
    const count = 2 ** 22 + 3;
    const x = backend.upload(Float32Array.of(0.1));
    const source = { storage: x, view: line(count, 0, 0) };
    const sum = backend.reduce([count], [source], input(0), "sum", 1);
    await expectValues(backend, sum, [Math.fround(0.1) * count], 1e-6);
    const largest = backend.reduce([count], [source], E.neg(input(0)), "max", 1);
    await expectValues(backend, largest, [-0.1], 1e-6);
    backend.free(x);
  },

  async "elements beyond 2^24 are read where they are"(backend) {
    await withLong(backend, async (storage, data) => {
      const tail = backend.map([8], [{ storage, view: line(8, long - 8) }], input(0));
      await expectValues(backend, tail, data.slice(-8), 0);
      const strided = backend.map([3], [{ storage, view: line(3, 1, 2 ** 23) }], input(0));
      await expectValues(
        backend,
        strided,
        [1, 2 ** 23 + 1, 2 ** 24 + 1].map((i) => data[i]!),
        0,
      );
      const back = backend.map([8], [{ storage, view: line(8, long - 1, -1) }], input(0));
      await expectValues(backend, back, data.slice(-8).reverse(), 0);
    });
  },

  async "elements beyond 2^24 are written where they belong, across axes of any order"(backend) {
    await withLong(backend, async (storage, data) => {
      const doubled = backend.map([long], [{ storage, view: line(long) }], E.mul(input(0), 2));
      const tail = backend.map([8], [{ storage: doubled, view: line(8, long - 8) }], input(0));
      backend.free(doubled);
      await expectValues(
        backend,
        tail,
        data.slice(-8).map((v) => 2 * v),
        0,
      );
      const transposed = { axes: [along(side, 1), along(side, side)], offset: 3 };
      const turned = backend.map([side, side], [{ storage, view: transposed }], input(0));
      const end = backend.map([8], [{ storage: turned, view: line(8, side * side - 8) }], input(0));
      backend.free(turned);
      const expected = Array.from(
        { length: 8 },
        (_, i) => data[3 + side - 1 + (side - 8 + i) * side]!,
      );
      await expectValues(backend, end, expected, 0);
    });
  },

  async "a formula of more tensors than a kernel reads is computed in parts"(backend) {
    const storages = Array.from({ length: 40 }, (_, i) => backend.upload(Float32Array.of(i, -i)));
    const sources = storages.map((storage) => ({ storage, view: line(2) }));
    const term = (_: unknown, i: number): Expr =>
      E.mul(input(i), i % 3 === 0 ? input((i + 1) % 40) : 2);
    const expr = storages.map(term).reduce((a, b) => E.add(a, b));
    const expected = [1, -1].map((sign) => {
      const value = (i: number): number => sign * (i % 40);
      return storages.reduce((sum, _, i) => sum + value(i) * (i % 3 === 0 ? value(i + 1) : 2), 0);
    });
    await expectValues(backend, backend.map([2], sources, expr), expected, 1e-6);
    const sum = backend.reduce([2], sources, expr, "sum", 1);
    await expectValues(backend, sum, [expected[0]! + expected[1]!], 1e-6);
    storages.forEach((storage) => backend.free(storage));
  },

  async "views that lie in padding altogether read 0"(backend) {
    const storage = backend.upload(Float32Array.of(1, 2, 3));
    const blank: View = { axes: [{ size: 3, stride: 1, lo: 0, hi: 0 }], offset: 7 };
    const y = backend.map(
      [3],
      [
        { storage, view: blank },
        { storage, view: line(3) },
      ],
      E.add(input(0), input(1)),
    );
    await expectValues(backend, y, [1, 2, 3], 0);
    backend.free(storage);
  },

  async "tensors without elements cost nothing and sums over nothing are 0"(backend) {
    const storage = backend.upload(new Float32Array());
    await expectValues(backend, backend.map([0], [{ storage, view: line(0) }], input(0)), [], 0);
    const empty = { storage, view: { axes: [along(2, 0), along(0, 1)], offset: 0 } };
    await expectValues(backend, backend.reduce([2, 0], [empty], input(0), "sum", 1), [0, 0], 0);
  },

  async "a tensor that does not fit is refused with its size and the limit"(backend) {
    const storage = backend.upload(Float32Array.of(1));
    const size = 2 ** 31;
    const message = await Promise.resolve()
      .then(() => backend.map([size], [{ storage, view: line(size, 0, 0) }], input(0)))
      .then(() => "nothing", String);
    const pattern =
      /^ShapeError: map: 2147483648 elements do not fit into one storage of gpu.js in mode \w+, which holds \d+; split the work$/;
    if (!pattern.test(message)) throw new Error(`it was refused with: ${message}`);
    backend.free(storage);
  },

  async "a maximum or minimum with NaN is NaN"(backend) {
    const a = { storage: backend.upload(Float32Array.of(NaN, 1, NaN)), view: line(3) };
    const b = { storage: backend.upload(Float32Array.of(1, NaN, NaN)), view: line(3) };
    for (const expr of [E.max(input(0), input(1)), E.min(input(0), input(1))]) {
      await expectValues(backend, backend.map([3], [a, b], expr), [NaN, NaN, NaN], 0);
    }
    await expectValues(backend, backend.reduce([3], [b], input(0), "max", 1), [NaN], 0);
    for (const { storage } of [a, b]) backend.free(storage);
  },

  async "formulas and their gradients stay finite and right at the extremes"(backend) {
    for (const [name, f] of Object.entries(finite)) {
      const expected = await onExtremes(referenceBackend(), f);
      const actual = await onExtremes(backend, f);
      assertClose(actual, expected, 1e-6, name);
      const small = (values: Float32Array): Float32Array =>
        values.filter((_, i) => Math.abs(expected[i]!) <= 2);
      assertClose(small(actual), small(expected), 1e-6, `${name}, small values`);
    }
  },
};
