import { useBackend } from "@vidtok/tensor";
import { expect, test } from "vitest";
import { expectWithin } from "./expectWithin.ts";
import { float64Backend } from "./float64Backend.ts";
import { measureBlock } from "./trainingCases.ts";

// The others take minutes: `pnpm parity:train float64`.
test("computed in float64, both steps are PyTorch's in float64", async () => {
  await useBackend(float64Backend());
  const rows = await measureBlock("kl_noncausal_488_3d");
  expectWithin(rows, 40);
  const firstLosses = rows.filter(({ golden }) => /\/0\/\w+_loss$/.test(golden));
  expect(firstLosses.map(({ tolerance }) => tolerance)).toEqual(firstLosses.map(() => 1e-6));
}, 300_000);
