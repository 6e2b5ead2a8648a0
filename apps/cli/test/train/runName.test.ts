import { expect, test } from "vitest";
import { runName } from "../../src/train/runName.ts";

const noon = new Date(2026, 10, 2, 12, 3, 4);
const parts = { name: "", postfix: "", no_date: false };

test("a run is named by date and config, folders below configs included", () => {
  expect(runName("/x/configs/vidtok_a.yaml", parts, noon)).toBe("2026-11-02T12-03-04_vidtok_a");
  expect(runName("/x/configs/demo/a.yaml", parts, noon)).toBe("2026-11-02T12-03-04_demo-a");
  expect(runName("/tmp/a.yaml", { ...parts, no_date: true }, noon)).toBe("a");
});

test("a name replaces that of the config, a postfix ends it", () => {
  const named = { name: "mine", postfix: "-2", no_date: true };
  expect(runName("/x/configs/a.yaml", named, noon)).toBe("mine-2");
  expect(runName("/x/configs/a.yaml", { ...named, name: "", no_date: false }, noon)).toBe(
    "2026-11-02T12-03-04_a-2",
  );
});
