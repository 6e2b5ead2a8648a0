import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { openCheckpoint } from "../../src/index.ts";

test("a TorchScript archive's parameters and buffers are read by their names, its code is not", async () => {
  const path = fileURLToPath(new URL("../fixtures/script.pt", import.meta.url));
  const { entries, metadata, format, close } = await openCheckpoint(path);
  expect(format).toBe("torch-zip");
  const names = [...entries].map(([name, { dtype, shape }]) => `${name} ${dtype} [${shape}]`);
  expect(names).toMatchInlineSnapshot(`
    [
      "shift f16 [4]",
      "first.conv3d.weight f32 [3,2,1,1,1]",
      "first.bn.weight f32 [3]",
      "first.bn.bias f32 [3]",
      "first.bn.running_mean f32 [3]",
      "first.bn.running_var f32 [3]",
      "first.bn.num_batches_tracked i64 []",
      "rest.0.conv3d.weight f32 [2,3,1,1,1]",
      "rest.0.bn.weight f32 [2]",
      "rest.0.bn.bias f32 [2]",
      "rest.0.bn.running_mean f32 [2]",
      "rest.0.bn.running_var f32 [2]",
      "rest.0.bn.num_batches_tracked i64 []",
    ]
  `);
  expect(await entries.get("rest.0.conv3d.weight")!.read()).toEqual(
    new Float32Array([30, 31, 32, 33, 34, 35]),
  );
  expect(await entries.get("shift")!.read()).toEqual(new Float32Array([0, 1, 2, 3]));
  expect(metadata.get("scale")).toBe(2);
  await close();
});
