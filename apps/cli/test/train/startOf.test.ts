import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { loadConfig } from "@vidtok/model";
import { expect, test } from "vitest";
import { parse } from "../../src/args/parse.ts";
import { trainFlags } from "../../src/train/flags.ts";
import { startOf } from "../../src/train/startOf.ts";
import type { Start } from "../../src/train/startOf.ts";
import { fakeIo } from "../fakeIo.ts";
import { temporaryFolder } from "../videos.ts";

const config = { model: { rate: 1e-5, ch_mult: [1, 2], name: null }, data: { batch_size: 2 } };

/** A folder of runs with a checkpoint each. */
function runs(...names: string[]): string {
  const logdir = temporaryFolder();
  for (const name of names) {
    mkdirSync(join(logdir, name, "checkpoints"), { recursive: true });
    mkdirSync(join(logdir, name, "configs"));
    writeFileSync(join(logdir, name, "checkpoints", "last.safetensors"), "");
    writeFileSync(join(logdir, name, "configs", "project.yaml"), JSON.stringify(config));
  }
  return logdir;
}

function start(logdir: string, ...args: string[]): Start & { readonly err: string } {
  const io = fakeIo();
  const { values, rest } = parse(["--logdir", logdir, ...args], trainFlags);
  return {
    ...startOf(values, { file: "/x/configs/a.yaml", config: loadConfig(config, rest) }, io),
    err: io.err(),
  };
}

const [monday, tuesday] = ["2026-11-23T08-00-00", "2026-11-24T08-00-00"];
const dated = (name: string): RegExp => new RegExp(`^\\d{4}-\\d\\d-\\d\\dT[\\d-]{8}_${name}$`);

test("the last run of the name is gone on with, which is said", () => {
  const logdir = runs(`${tuesday}_a`, `${monday}_a`, `${tuesday}_a-2`, `${tuesday}_b_a`);
  const resume = join(logdir, `${tuesday}_a`);
  const err = `vidtok: going on with ${resume}; --checkpoint_auto_resume no starts afresh\n`;
  expect(start(logdir)).toEqual({ resume, err });
  expect(start(logdir, "-f", "-2")).toMatchObject({ resume: join(logdir, `${tuesday}_a-2`) });
  expect(start(logdir, "-n", "b_a")).toMatchObject({ resume: join(logdir, `${tuesday}_b_a`) });
});

test("what the command changes of the run's config is said", () => {
  const logdir = runs("a");
  const err = (...overrides: string[]): string => start(logdir, "--no_date", ...overrides).err;
  expect(err("model.rate=1e-5", "model.name=null")).toContain("/a; --checkpoint_auto_resume no");
  expect(err("model.rate=2e-5")).toContain("/a and another model.rate; --checkpoint");
  expect(err("model=null", "data.batch_size=3")).toContain("another model, data.batch_size; ");
  expect(err("model.ch_mult=[1]", "a=1", "b.c=2", "model.name=x")).toContain(
    "and another model.ch_mult, model.name, a, …; ",
  );
});

test("a name without a date is that run alone", () => {
  const logdir = runs("a", `${monday}_b`);
  expect(start(logdir, "--no_date")).toMatchObject({ resume: join(logdir, "a") });
  expect(start(logdir, "--no_date", "-n", "b")).toEqual({ name: "b", err: "" });
});

test("without a run of the name, or when asked for, a run is new", () => {
  const logdir = runs(`${monday}_a`);
  const name = (found: Start): string => String(found.name);
  expect(name(start(logdir, "-n", "other"))).toMatch(dated("other"));
  expect(name(start(logdir, "--checkpoint_auto_resume", "false"))).toMatch(dated("a"));
  expect(name(start(join(logdir, "none")))).toMatch(dated("a"));
});

test("a run or a checkpoint that is given decides", () => {
  const logdir = runs(`${monday}_a`);
  expect(start(logdir, "-r", "elsewhere")).toEqual({ resume: "elsewhere", err: "" });
  const { name, from, err } = start(logdir, "--resume_from_checkpoint", "x.safetensors");
  expect({ from, err }).toEqual({ from: "x.safetensors", err: "" });
  expect(name).toMatch(dated("a"));
});
