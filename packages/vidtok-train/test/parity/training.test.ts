import "@vidtok/backend-native";
import { useBackend } from "@vidtok/tensor";
import { beforeAll, test } from "vitest";
import { expectWithin } from "./expectWithin.ts";
import {
  blockNames,
  combinations,
  measureBlock,
  measureCombination,
  measureRun,
  runNames,
} from "./trainingCases.ts";

beforeAll(() => useBackend("auto"));

test.each(runNames)("%s: every logged value, and all norms at the end", async (name) => {
  expectWithin(await measureRun(name), 200);
});

test.each(blockNames)("%s: two steps with both losses", async (name) => {
  expectWithin(await measureBlock(name), 40);
});

test.each(Object.keys(combinations))("two steps with the loss's options: %s", async (name) => {
  expectWithin(await measureCombination(name), 35);
});
