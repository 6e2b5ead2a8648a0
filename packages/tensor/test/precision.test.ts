import { beforeEach, expect, test } from "vitest";
import * as op from "../src/index.ts";
import { useBackend, withPrecision, type Backend, type Tensor } from "../src/index.ts";
import { noise, referenceBackend, roundToBf16, traced } from "../src/testing/index.ts";

beforeEach(() => useBackend(referenceBackend()));

/** The same numbers rounded, made from what was read. */
async function rounded(x: Tensor): Promise<Tensor> {
  return op.tensor((await x.read()).map(roundToBf16), x.shape);
}

const read = async (x: Tensor): Promise<number[]> => [...(await x.readExact())];
const roundedValues = async (x: Tensor): Promise<number[]> => (await read(x)).map(roundToBf16);

/** `[value, its bf16]`, by hand: 8 significant bits. */
const byHand: readonly (readonly [number, number])[] = [
  [1, 1],
  [1 + 2 ** -9, 1],
  [1 + 2 ** -8, 1],
  [1 + 2 ** -8 + 2 ** -23, 1 + 2 ** -7],
  [1 + 3 * 2 ** -8, 1 + 2 ** -6],
  [-1 - 3 * 2 ** -8, -1 - 2 ** -6],
  [257, 256],
  [259, 260],
  [0.1, 0.10009765625],
  [-0, -0],
  [2 ** -149, 0],
  [3 * 2 ** -134, 2 ** -132],
  [3.3895313892515355e38, 3.3895313892515355e38],
  [3.4028234663852886e38, Infinity],
  [Infinity, Infinity],
  [-Infinity, -Infinity],
  [NaN, NaN],
];

test.each(byHand)("%d is %d in bf16", (value, expected) => {
  expect(roundToBf16(value)).toBe(expected);
});

test("a product in bf16 is that of rounded operands, rounded", async () => {
  const [x, w, b] = [noise("x", [2, 3, 7]), noise("w", [5, 3, 3]), noise("b", [5])];
  const options = { bias: b, padding: 1, stride: 2 };
  expect(await read(withPrecision("bf16", () => op.conv(x, w, options)))).toEqual(
    await roundedValues(op.conv(await rounded(x), await rounded(w), options)),
  );
  const [a, c] = [noise("a", [2, 3, 5]), noise("c", [5, 4])];
  expect(await read(withPrecision("bf16", () => op.matmul(a, c)))).toEqual(
    await roundedValues(op.matmul(await rounded(a), await rounded(c))),
  );
});

test("all but products stay f32", async () => {
  const x = noise("x", [2, 4, 5]);
  for (const f of [op.softmax, (v: Tensor) => op.groupNorm(v, 2, op.full([4], 1), op.full([4], 0))])
    expect(await read(withPrecision("bf16", () => f(x)))).toEqual(await read(f(x)));
});

test("gradients compute in the format of their op, and those of weights come out f32", async () => {
  const [x, w] = [noise("x", [1, 3, 6]), noise("w", [4, 3, 3])];
  const y = withPrecision("bf16", () => op.conv(x, w, { padding: 1 }));
  const dy = noise("dy", y.shape);
  const [dx, dw] = op.grad(y, [x, w], dy);
  const [xr, wr] = [await rounded(x), await rounded(w)];
  const [dxr, dwr] = op.grad(op.conv(xr, wr, { padding: 1 }), [xr, wr], await rounded(dy));
  expect(await read(dx!)).toEqual(await roundedValues(dxr!));
  expect(await read(dw!)).toEqual(await read(dwr!));
  expect(await roundedValues(dw!)).not.toEqual(await read(dw!));

  const [a, b] = [noise("a", [3, 4]), noise("b", [4, 2])];
  const product = withPrecision("bf16", () => op.matmul(a, b));
  const dp = noise("dp", product.shape);
  const [da, db] = op.grad(product, [a, b], dp);
  const [ar, br] = [await rounded(a), await rounded(b)];
  const [dar, dbr] = op.grad(op.matmul(ar, br), [ar, br], await rounded(dp));
  expect(await read(da!)).toEqual(await roundedValues(dar!));
  expect(await read(db!)).toEqual(await read(dbr!));
});

test("what was recorded in f32 goes back in f32, even under bf16", async () => {
  const [x, w] = [noise("x", [1, 3, 6]), noise("w", [4, 3, 3])];
  const y = op.conv(x, w);
  const [dx, dw] = op.grad(y, [x, w], op.onesLike(y));
  const under = withPrecision("bf16", () => op.grad(y, [x, w], op.onesLike(y)));
  expect(await read(under[0]!)).toEqual(await read(dx!));
  expect(await read(under[1]!)).toEqual(await read(dw!));
});

test("a checkpoint runs again in the precision of the first time", async () => {
  const { backend, log } = traced(referenceBackend());
  await useBackend(backend);
  const [x, w] = [noise("x", [1, 3, 6]), noise("w", [3, 3, 3])];
  const f = (v: Tensor): Tensor => op.silu(op.conv(v, w, { padding: 1 }));
  const plain = withPrecision("bf16", () => f(x));
  const again = withPrecision("bf16", () => op.checkpoint(f, x));
  const gradients = [plain, again].flatMap((y) => op.grad(y, [x, w], op.onesLike(y)));
  const [dx, dw, dxAgain, dwAgain] = await Promise.all(gradients.map(read));
  expect(dxAgain).toEqual(dx);
  expect(dwAgain).toEqual(dw);
  const convolutions = log.filter((line) => line.startsWith("conv"));
  expect(convolutions).toHaveLength(7);
  expect(convolutions.filter((line) => line.endsWith("in bf16"))).toEqual(convolutions);
});

test("the format before comes back, after an error too", () => {
  withPrecision("bf16", () => {
    expect(op.precision()).toBe("bf16");
    expect(withPrecision("f32", () => op.precision())).toBe("f32");
    expect(() => withPrecision("f32", () => op.matmul(noise("x", [2]), noise("x", [2])))).toThrow();
    expect(op.precision()).toBe("bf16");
  });
  expect(op.precision()).toBe("f32");
});

test("a backend without the format refuses it, and so do its tensors under another's", () => {
  const plain: Backend = { ...referenceBackend(), name: "plain", precisions: ["f32"] };
  const x = op.tensor([1], [1, 1, 1], { backend: plain });
  const message = "precision: bf16 does not run on plain (float64); it has f32";
  expect(() => withPrecision("bf16", () => op.conv(x, x))).toThrow(message);
  expect(() => withPrecision("bf16", () => op.matmul(x, x))).toThrow(message);
  return useBackend(plain).then(() =>
    expect(() => withPrecision("bf16", () => undefined)).toThrow(message),
  );
});
