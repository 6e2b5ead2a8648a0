import { initialize, parameters } from "@vidtok/nn";
import { add, grad, mul, noGrad, slice, sum, tensor, useBackend } from "@vidtok/tensor";
import { gradcheck, noise, referenceBackend } from "@vidtok/tensor/testing";
import { beforeEach, expect, test } from "vitest";
import { FsqRegularizer } from "../../src/regularizers/fsq.ts";
import { FsqCodes, indexTensor, readIndices } from "../../src/regularizers/fsqCodes.ts";
import { fsqEntropies } from "../../src/regularizers/fsqEntropy.ts";
import { fsqConfig, passAt } from "../parity/regularizerCases.ts";

const backend = referenceBackend();
beforeEach(() => useBackend(backend).then(() => undefined));

const size = [2, 3, 2] as const;

test("rounding to codes passes the gradient of the bound on", async () => {
  const codes = new FsqCodes([8]);
  const z = noise("z", [1, 1, 4, 1, 1], -2, 2);
  const [through] = grad(sum(codes.quantize(z).codes), [z]);
  const [bound] = grad(sum(mul(codes.bound(z), 1 / 4)), [z]);
  expect(await through!.readExact()).toEqual(await bound!.readExact());
});

test("every code has its own number, the first dimension counting fastest", async () => {
  const codes = new FsqCodes([8, 7, 3]);
  const all = Float64Array.from({ length: codes.size }, (_, i) => i);
  const values = noGrad(() => codes.fromIndices(tensor(all, [1, codes.size, 1, 1])));
  const back = noGrad(() => codes.quantize(mul(values, 1)).indices);
  const rows = await values.readExact();
  expect([rows[0], rows[1], rows[8]]).toEqual([-1, -0.75, -1]);
  // A code is a fixed point only before the bound, so numbers are compared through the values themselves.
  expect(
    new Set(Array.from(all, (_, i) => [0, 1, 2].map((d) => rows[d * codes.size + i]).join())).size,
  ).toBe(168);
  expect(back.shape).toEqual([1, codes.size, 1, 1]);
});

// The definition, with the table of all positions and codes.
function entropies(z: Float64Array | Float32Array, levels: readonly number[], positions: number) {
  const codes = new FsqCodes(levels);
  const values = levels.map((_, d) => codes.values(d));
  const table = Array.from({ length: positions }, (_, n) => {
    const logits = Array.from({ length: codes.size }, (_, j) => {
      let rest = j;
      return levels.reduce((logit, level, d) => {
        const digit = rest % level;
        rest = Math.floor(rest / level);
        return logit + 200 * z[n * levels.length + d]! * values[d]![digit]!;
      }, 0);
    });
    const highest = Math.max(...logits);
    const total = logits.reduce((all, logit) => all + Math.exp(logit - highest), 0);
    return logits.map((logit) => Math.exp(logit - highest) / total);
  });
  const entropy = (p: readonly number[]) =>
    -p.reduce((all, value) => all + value * Math.log(Math.max(value, 1e-5)), 0);
  const average = table[0]!.map((_, j) => table.reduce((all, row) => all + row[j]!, 0) / positions);
  return [table.reduce((all, row) => all + entropy(row), 0) / positions, entropy(average)];
}

test.each([[[8, 8]], [[5]], [[8, 5, 3, 2]], [[7, 30]]])(
  "the entropies of levels %j are those of the whole table",
  async (levels) => {
    // Small values make the assignment spread out, so that the clamp of small probabilities matters.
    const z = noise("z", [1, 6, levels.length], -0.02, 0.03);
    const { perSample, codebook } = noGrad(() => fsqEntropies(z, new FsqCodes(levels)));
    const [expectedSample, expectedCodebook] = entropies(await z.readExact(), levels, 6);
    expect(await perSample.item()).toBeCloseTo(expectedSample!, 10);
    expect(await codebook.item()).toBeCloseTo(expectedCodebook!, 10);
  },
);

test("the gradient of the entropies", async () => {
  const codes = new FsqCodes([8, 5, 3]);
  const total = (z: Parameters<typeof fsqEntropies>[0]) => {
    const { perSample, codebook } = fsqEntropies(z, codes);
    return add(perSample, mul(codebook, 0.7));
  };
  expect(await gradcheck(total, [[2, 4, 3]], { low: -0.02, high: 0.03 })).toBeLessThan(1e-6);
});

test("several codebooks share the channels and have an axis of their own in the numbers", async () => {
  const fsq = new FsqRegularizer(fsqConfig([5, 3], { numCodebooks: 2 }));
  const single = new FsqRegularizer(fsqConfig([5, 3]));
  const z = noise("z", [1, 4, ...size], -2, 2);
  const both = noGrad(() => fsq.forward(z, passAt(0)));
  expect(both.z.shape).toEqual(z.shape);
  expect(both.regLog.indices!.shape).toEqual([1, ...size, 2]);
  expect(await noGrad(() => fsq.decode(both.regLog.indices!)).readExact()).toEqual(
    await both.z.readExact(),
  );
  const half = slice(z, 1, 2, 4);
  const second = await readIndices(noGrad(() => single.forward(half, passAt(0))).regLog.indices!);
  const numbers = await readIndices(both.regLog.indices!);
  expect(numbers.filter((_, i) => i % 2 === 1)).toEqual(second);
});

test("keep_num_codebooks_dim keeps an axis of one codebook", () => {
  const fsq = new FsqRegularizer(fsqConfig([4], { keepNumCodebooksDim: true }));
  const { regLog } = noGrad(() => fsq.forward(noise("z", [1, 1, ...size]), passAt(0)));
  expect(regLog.indices!.shape).toEqual([1, ...size, 1]);
});

test("another number of channels is projected in and out", () => {
  const fsq = new FsqRegularizer(fsqConfig([8, 5], { dim: 3 }));
  initialize(fsq, 1);
  const names = [...parameters(fsq)].map(([name, { shape }]) => [name, [...shape]]);
  expect(names).toEqual([
    ["project_in.weight", [2, 3]],
    ["project_in.bias", [2]],
    ["project_out.weight", [3, 2]],
    ["project_out.bias", [3]],
  ]);
  const { z } = noGrad(() => fsq.forward(noise("z", [1, 3, ...size]), passAt(0)));
  expect(z.shape).toEqual([1, 3, ...size]);
});

test("without weights the loss is zero", async () => {
  const fsq = new FsqRegularizer(fsqConfig([4], { entropyLossWeight: 0, commitmentLossWeight: 0 }));
  const { regLog } = noGrad(() => fsq.forward(noise("z", [1, 1, ...size]), passAt(0)));
  expect(await regLog.aux_loss!.item()).toBe(0);
});

test("what does not fit is refused", () => {
  const fsq = new FsqRegularizer(fsqConfig([8, 8]));
  expect(() => fsq.forward(noise("z", [1, 3, ...size]), passAt(0))).toThrow(
    "fsq: the encoder's output [1, 3, 2, 3, 2] has 3 channels but levels [8, 8] take 2",
  );
  expect(() => fsq.decode(tensor([0], [1, 1, 1, 1, 1]))).toThrow(
    "decodeIndices: indices are [1, 1, 1, 1, 1] and have to be [n, t, h, w]",
  );
  expect(() => new FsqRegularizer(fsqConfig([], {}))).toThrow("fsq: levels [] make 1 codes");
  expect(() => new FsqCodes([4096, 8192])).toThrow(
    "make 33554432 codes; there may be 2 to 16777216",
  );
  expect(
    () => new FsqRegularizer(fsqConfig([8], { numCodebooks: 2, keepNumCodebooksDim: false })),
  ).toThrow("fsq: keep_num_codebooks_dim is false, but 2 codebooks need that axis");
  expect(() => indexTensor([0, 3, 120], [3], 120)).toThrow(
    "indices: element 2 is 120; code numbers are whole, from 0 to 119",
  );
  expect(() => indexTensor([0.5], [1], 120)).toThrow("indices: element 0 is 0.5");
});
