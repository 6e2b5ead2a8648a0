// Every published package, packed as it would be published, installs into an empty folder and
// imports there.
import { execFile } from "node:child_process";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { folders, packWorkspace } from "./packed.ts";
import type { Packed } from "./packed.ts";

const run = promisify(execFile);
let packed: Packed;

beforeAll(async () => {
  packed = await packWorkspace();
});

afterAll(() => rm(packed.folder, { recursive: true }));

test.each(Object.keys(folders))("%s installs and imports alone", async (name) => {
  const folder = await packed.installed(name);
  const list = `console.log(JSON.stringify(Object.keys(await import("${name}")).sort()))`;
  const { stdout } = await run(process.execPath, ["--input-type=module", "--eval", list], {
    cwd: folder,
  });
  expect(JSON.parse(stdout)).toEqual(Object.keys((await import(name)) as object).sort());
});

test("the installed vidtok command runs", async () => {
  const command = join(await packed.installed("vidtok"), "node_modules", ".bin", "vidtok");
  const { stdout } = await run(command, ["--help"]);
  expect(stdout).toContain("reconstruct");
});
