import { useBackend } from "@vidtok/tensor";
import { test } from "vitest";
import { expectWithin } from "./expectWithin.ts";
import { measureBlock } from "./trainingCases.ts";

// The others take minutes: `pnpm parity:train gpujs`.
test("gpu.js in WebAssembly makes the golden's two steps", async () => {
  await useBackend("gpujs", { mode: "webasm" });
  expectWithin(await measureBlock("kl_noncausal_488_3d"), 40);
}, 300_000);
