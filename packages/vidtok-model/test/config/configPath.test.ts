import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { configNames, configPath } from "../../src/config/configPath.ts";
import { loadConfig } from "../../src/config/loadConfig.ts";
import { createModel } from "../../src/createModel.ts";
import { modelConfig } from "../../src/config/modelConfig.ts";
import { configFile } from "../parity/goldens.ts";

test("every shipped config is found by its name, with and without folder", () => {
  const published = configNames().filter((name) => !name.startsWith("demo/"));
  expect(published).toHaveLength(23);
  for (const name of published) {
    const bare = name.split("/").at(-1)!;
    expect(configPath(bare)).toBe(configFile(bare));
    expect(resolve(configPath(`configs/${name}.yaml`))).toBe(configFile(bare));
  }
});

test("a model is built by name", async () => {
  const overrides = { ch: 8, ch_mult: [1, 1, 1, 1], num_res_blocks: 1 };
  const model = await createModel("vidtok_fsq_causal_488_4096", { overrides });
  expect(model.codebookSize).toBe(4096);
  model.dispose();
});

test("a file of this name comes first, a folder does not", () => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "vidtok-config-")));
  const before = process.cwd();
  onTestFinished(() => {
    process.chdir(before);
    rmSync(folder, { recursive: true });
  });
  process.chdir(folder);
  const name = "vidtok_kl_causal_488_4chn";
  mkdirSync(name);
  expect(configPath(name)).toBe(configFile(name));
  writeFileSync(`${name}.yaml`, "a: 1");
  expect(configPath(`${name}.yaml`)).toBe(`${name}.yaml`);
  expect(loadConfig(`${name}.yaml`)).toEqual({ a: 1 });
});

test.each([
  ["vidtok_kl_casual_488_4chn", "; did you mean vidtok_kl_causal_488_4chn?"],
  ["configs/vidtok_kl_causal_488_5chn.yaml", "; did you mean vidtok_kl_causal_488_4chn?"],
  ["videos/clip.yaml", ""],
  ["", ""],
])("%o is no config", (name, near) => {
  expect(() => modelConfig(loadConfig(name))).toThrow(
    `config: ${name} is no file and no shipped config${near}`,
  );
});
