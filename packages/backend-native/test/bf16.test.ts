import type { Backend, Precision, ProductFormat, Storage } from "@vidtok/tensor";
import { assertClose, hashValues, referenceBackend, roundToBf16 } from "@vidtok/tensor/testing";
import { expect, test } from "vitest";
import { nativeBackend } from "../src/index.ts";
import { dense, view, x as formula } from "./inputs.ts";
import { backends, skipped } from "./isas.ts";
import { kernelCases } from "./kernelCases.ts";

const bf16: ProductFormat = { operands: "bf16", result: "bf16" };
const point = { in: 1, taps: 1, out: 1, stride: 1, dilation: 1, inputDilation: 1, padding: 0 };

/** Numbers as a product in bf16 leaves them: the product with one. */
function stored(backend: Backend, data: Float32Array | Float64Array): Storage {
  const [n, x, one] = [data.length, backend.upload(data), backend.upload(Float32Array.of(1))];
  const storage = backend.conv(
    { storage: x, view: dense(1, 1, 1, n, 1) },
    { storage: one, view: dense(1, 1, 1, 1, 1) },
    undefined,
    [point, point, { ...point, in: n, out: n }],
    bf16,
  );
  backend.free(x);
  backend.free(one);
  return storage;
}

/** The backend with its products in a format, whatever is asked for, and what is uploaded stored as bf16 or not. */
function variant(backend: Backend, format: ProductFormat, isStored: boolean): Backend {
  const { convWeight } = backend;
  return {
    ...backend,
    upload: (data) => (isStored ? stored(backend, data) : backend.upload(data)),
    matmul: (a, b) => backend.matmul(a, b, format),
    conv: (x, w, bias, geometry) => backend.conv(x, w, bias, geometry, format),
    ...(convWeight && {
      convWeight: (x, dy, geometry) => convWeight(x, dy, geometry, format.operands),
    }),
  };
}

interface Variant {
  readonly title: string;
  readonly operands: Precision;
  readonly isStored: boolean;
  readonly cases: readonly string[];
}

const names = Object.keys(kernelCases);
const products = names.filter((name) => !/^(map|reduce):/.test(name));
const variants: readonly Variant[] = [
  { title: "operands rounded", operands: "bf16", isStored: false, cases: products },
  { title: "operands stored as bf16", operands: "bf16", isStored: true, cases: products },
  { title: "inputs stored as bf16", operands: "f32", isStored: true, cases: names },
];

const reference = referenceBackend();
const known = new Map<string, Promise<Float32Array | Float64Array>>();

for (const { title, operands, isStored, cases } of variants) {
  const format: ProductFormat = { operands, result: "f32" };
  for (const [isa, backend] of backends) {
    test.each(cases)(`${isa}, ${title}, %s, agrees with the reference`, async (name) => {
      const run = (on: Backend) => on.read(kernelCases[name]!(variant(on, format, isStored)));
      const key = `${name} ${isStored}`;
      if (!known.has(key)) known.set(key, run(reference));
      assertClose(await run(backend), await known.get(key)!, 3e-6, name);
    });
  }
}

for (const [isa, backend] of backends) {
  test.each(products)(`${isa}, the result of %s is rounded to bf16`, async (name) => {
    if (name.startsWith("convWeight")) return;
    const [exact, rounded] = (["f32", "bf16"] as const).map((result) =>
      kernelCases[name]!(variant(backend, { operands: "bf16", result }, false)),
    );
    expect(rounded!.bytes).toBe(exact!.bytes / 2);
    const values = await backend.read(exact!);
    expect(await backend.read(rounded!)).toEqual(values.map(roundToBf16));
  });

  test(`${isa} rounds to the nearest bf16, ties to even, NaN and infinities as they are`, async () => {
    const special = [
      ...[1, 1 + 2 ** -9, 1 + 2 ** -8, 1 + 2 ** -8 + 2 ** -23, 1 + 3 * 2 ** -8, -1 - 3 * 2 ** -8],
      ...[0, -0, 2 ** -149, 3 * 2 ** -134, 3.3895313892515355e38, 3.4028234663852886e38],
      ...[Infinity, -Infinity, NaN, 0.1, 257, 259],
    ];
    const sizes = hashValues("size", 3000);
    const noise = hashValues("value", 3000).map((v, i) => v * 2 ** (sizes[i]! * 126));
    const data = Float32Array.from([...special, ...noise]);
    // NaN in its longest form must not become infinite.
    new Uint32Array(data.buffer)[30] = 0x7f800001;
    new Uint32Array(data.buffer)[31] = 0xffffffff;
    // Instructions that multiply bf16 numbers take subnormal ones, and give them, as 0. A sum that starts at 0 is never −0.
    const isFlushing = isa === "avx512bf16" || isa === "amx";
    const flushed = (v: number) => (isFlushing && Math.abs(v) < 2 ** -126 ? 0 : v);
    const expected = data.map((v) => flushed(roundToBf16(v)) + 0);
    expect(await backend.read(stored(backend, data))).toEqual(expected);
    const x = { storage: backend.upload(data), view: dense(1, data.length, 1) };
    const one = { storage: backend.upload(Float32Array.of(1)), view: dense(1, 1, 1) };
    const operand = backend.matmul(x, one, { operands: "bf16", result: "f32" });
    expect(await backend.read(operand)).toEqual(expected);
  });

  test(`${isa}, a copy of bf16 numbers is in bf16 too`, async () => {
    const data = hashValues("copied", 7 * 300).map(roundToBf16);
    const x = stored(backend, Float32Array.from(data));
    // The second to the last row, then one of zeros.
    const rows = view(
      [
        [7, 300, 0, 6],
        [300, 1],
      ],
      300,
    );
    const copy = backend.map([7, 300], [{ storage: x, view: rows }], formula);
    expect(copy.bytes).toBe(2 * 7 * 300);
    const expected = [...data.slice(300), ...Array<number>(300).fill(0)];
    expect(Array.from(await backend.read(copy))).toEqual(expected);
    const across = backend.map(
      [300, 7],
      [
        {
          storage: x,
          view: view([
            [300, 1],
            [7, 300],
          ]),
        },
      ],
      formula,
    );
    expect(across.bytes).toBe(2 * 7 * 300);
    const turned = Array.from({ length: 2100 }, (_, i) => data[(i % 7) * 300 + Math.floor(i / 7)]);
    expect(Array.from(await backend.read(across))).toEqual(turned);
  });

  test(`${isa} computes the same bits in bf16 on one, two and five threads`, async () => {
    const counts = [1, 2, 5].map((threads) => nativeBackend({ isa, threads }));
    for (const name of products) {
      const runs = counts.map((b) => b.read(kernelCases[name]!(variant(b, bf16, true))));
      const bits = (await Promise.all(runs)).map((run) => Buffer.from(run.buffer).toString("hex"));
      expect(new Set(bits).size, name).toBe(1);
    }
  });
}

for (const [isa, reason] of skipped) {
  test(`bf16 on ${isa}`, ({ skip }) => skip(reason));
}
