import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ConfigError, loadConfig, modelConfig } from "@vidtok/model";
import fc from "fast-check";
import type { Draw } from "../draw.ts";
import { root } from "../root.ts";
import type { Target } from "../target.ts";

const configs = join(root, "configs");

const atoms = [
  ..."~ null true no 1 -0 010 0x1F 1e5 .inf 1:30 x 'it''s' !!str *a *b".split(" "),
  "${a.b}",
  "${a}",
  "x${k0}${k1}",
  '"\\x1b\\u202e"',
];
const wrong = [
  ..."1e999 9007199254740993 << !!set !x *c | > - ? [ { ' \" # % @ ` --- ... <<: =".split(" "),
  "%YAML 1.2\n---",
];

/** A value as text, on lines that begin with `indent` where it has several. */
type Print = (indent: string) => string;

const { value } = fc.letrec<{ value: Print; flow: string }>((tie) => ({
  flow: fc.oneof(
    { depthSize: "small" },
    { weight: 60, arbitrary: fc.constantFrom(...atoms) },
    fc.constantFrom(...wrong),
    fc.string({ maxLength: 8 }),
    {
      weight: 12,
      arbitrary: fc.array(tie("flow"), { maxLength: 4 }).map((items) => `[${items.join(", ")}]`),
    },
    {
      weight: 12,
      arbitrary: fc
        .array(fc.tuple(fc.nat(3), tie("flow")), { maxLength: 3 })
        .map((pairs) => `{${pairs.map(([key, item]) => `k${key}: ${item}`).join(", ")}}`),
    },
  ),
  value: fc.oneof(
    { depthSize: "medium" },
    tie("flow").map(
      (text): Print =>
        () =>
          ` ${text}`,
    ),
    fc
      .tuple(
        fc.constantFrom("", " &a", " &b"),
        fc.array(tie("value"), { minLength: 1, maxLength: 4 }),
      )
      .map(
        ([anchor, items]): Print =>
          (indent) =>
            `${anchor}\n${items.map((item) => `${indent}-${item(`${indent}  `)}`).join("\n")}`,
      ),
    fc
      .tuple(
        fc.constantFrom("", " &a", " &b"),
        fc.array(fc.tuple(fc.constantFrom("a", "b", "k0", "k1", "<<", "? x"), tie("value")), {
          minLength: 1,
          maxLength: 4,
        }),
      )
      .map(
        ([anchor, pairs]): Print =>
          (indent) =>
            `${anchor}\n${pairs.map(([key, item]) => `${indent}${key}:${item(`${indent}  `)}`).join("\n")}`,
      ),
  ),
}));

/** Configs. */
export const yaml: Target = {
  name: "yaml",
  ending: ".yaml",
  seeds: () => Promise.resolve(shipped()),
  shape(draw: Draw, input) {
    const [print] = fc.sample(value, { numRuns: 1, seed: draw.below(2 ** 31) });
    const text = print!("").replace(/^\n/, "");
    if (draw.chance(0.5)) return Buffer.from(text);
    const lines = Buffer.from(input).toString().split("\n");
    const at = draw.below(lines.length);
    const indent = /^ */.exec(lines[at]!)![0];
    return Buffer.from(lines.with(at, `${indent}a:${print!(`${indent}  `)}`).join("\n"));
  },
  run(path) {
    const config = loadConfig(path);
    modelConfig(config);
    return Promise.resolve("a model");
  },
  isExpected: (error, path) => error instanceof ConfigError && error.message.includes(path),
};

function shipped(): readonly Uint8Array[] {
  return readdirSync(configs, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".yaml"))
    .map((name) => readFileSync(join(configs, name)));
}
