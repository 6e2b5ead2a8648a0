import { withPrecision, type Tensor } from "@vidtok/tensor";
import { opCases, parityError } from "@vidtok/tensor/testing";
import { expect, test } from "vitest";
import { backends, skipped } from "./isas.ts";

for (const [isa, backend] of backends) {
  test.each(Object.entries(opCases))(
    `%s agrees with the reference on ${isa}`,
    async (_, opCase) => {
      expect(await parityError(backend, opCase)).toBeLessThan(2e-5);
    },
  );

  test.each([
    "conv 1d",
    "conv 3d",
    "conv strided in time",
    "conv of a conv",
    "matmul batched",
    "matmul transposed",
    "attention",
  ])(`%s agrees with the reference in bf16 on ${isa}`, async (name) => {
    const { f, ...rest } = opCases[name]!;
    const inBf16 = { ...rest, f: (...x: Tensor[]) => withPrecision("bf16", () => f(...x)) };
    // Where sums differ in their last bit a result may be rounded to the next bf16 number.
    expect(await parityError(backend, inBf16)).toBeLessThan(2 ** -7);
  });
}

for (const [isa, reason] of skipped) {
  test(`ops on ${isa}`, ({ skip }) => skip(reason));
}
