import { expect, test } from "vitest";
import { assertClose, evaluateCase, opCases, referenceBackend } from "../src/testing/index.ts";
import { torchGoldens } from "./torchGoldens.ts";

const goldens = torchGoldens();
const named = [...new Set([...goldens.keys()].map((key) => key.split("/")[0]!))];
// Compositions of other cases, and ops that PyTorch has not.
const withoutGolden = [
  "number on the left",
  "formula of three",
  "sumOf over an axis",
  "sumOf over an axis, kept",
  "conv of a conv",
  "concat of many",
  "reshape of a padded flip",
  "gradients given by hand",
  "checkpoint",
];

test("every op case has PyTorch's numbers", () => {
  const missing = Object.keys(opCases).filter((name) => !named.includes(name));
  expect(missing).toEqual(withoutGolden);
});

test.each(named)("%s and its gradients are PyTorch's", async (name) => {
  const [y, ...gradients] = await evaluateCase(referenceBackend(), opCases[name]!);
  assertClose(y!, goldens.get(`${name}/y`)!, 1e-6, `${name}/y`);
  gradients.forEach((dx, i) =>
    assertClose(dx, goldens.get(`${name}/dx${i}`)!, 1e-6, `${name}/dx${i}`),
  );
});
