import { expect, test } from "vitest";
import { gradcheck, opCases } from "../src/testing/index.ts";

const checked = Object.entries(opCases).filter(([, opCase]) => !opCase.isStraightThrough);

test.each(checked)(
  "the gradient of %s is its value's slope",
  async (_, { f, shapes, low, high }) => {
    const range = { ...(low !== undefined && { low }), ...(high !== undefined && { high }) };
    expect(await gradcheck(f, shapes, range)).toBeLessThan(1e-6);
  },
);
