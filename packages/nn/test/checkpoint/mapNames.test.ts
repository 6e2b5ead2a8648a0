import { expect, test } from "vitest";
import { describeLoad, loadReport, matchState } from "../../src/index.ts";

const shape = [2, 3];
const names = ["encoder.a.weight", "encoder.mid.b.bias", "decoder.a.weight", "decoder.c.weight"];
const expected = new Map(names.map((name) => [name, shape]));

type Rename = (name: string) => string;
const under =
  (prefix: string): Rename =>
  (name) =>
    `${prefix}.${name}`;
const compiled: Rename = (name) => name.replace("coder.", "coder._orig_mod.");

/** A tensor of every model name under each of the renamings; its value is its own name. */
function entries(...renamings: Rename[]): Map<string, { shape: number[]; id: string }> {
  const all = renamings.flatMap((rename) => names.map(rename));
  return new Map(all.map((id) => [id, { shape, id }]));
}

function mapped(
  state: ReturnType<typeof entries>,
  ignoreKeys: string[] = [],
): [string[], string, readonly string[]] {
  const match = matchState(expected, state, { path: "x.ckpt", ignoreKeys });
  return [
    [...match.used.values()].map(({ id }) => id),
    describeLoad(loadReport(match)),
    match.unexpected,
  ];
}

const wrapped: readonly (readonly [string, Rename, string])[] = [
  ["as they are", (name) => name, ""],
  ["DataParallel", under("module"), ', without "module" in their names'],
  ["torch.compile of the whole", under("_orig_mod"), ', without "_orig_mod" in their names'],
  ["torch.compile of both halves", compiled, ', without "_orig_mod" in their names'],
  [
    "torch.compile of the encoder only",
    (name) => (name.startsWith("encoder") ? compiled(name) : name),
    ', without "_orig_mod" in their names',
  ],
  [
    "DataParallel of the compiled whole",
    under("module._orig_mod"),
    ', without "module" and "_orig_mod" in their names',
  ],
  [
    "DataParallel of compiled halves",
    (name) => `module.${compiled(name)}`,
    ', without "module" and "_orig_mod" in their names',
  ],
  [
    "compiled DataParallel of a half",
    (name) => name.replace("coder.", "coder._orig_mod.module."),
    ', without "_orig_mod" and "module" in their names',
  ],
  [
    "FSDP with activation checkpointing",
    (name) => `_fsdp_wrapped_module.${name.replace(".", "._checkpoint_wrapped_module.")}`,
    ', without "_fsdp_wrapped_module" and "_checkpoint_wrapped_module" in their names',
  ],
  ["a whole module as model", under("model"), ', under "model"'],
  ["params", under("params"), ', under "params"'],
  ["model_state_dict", under("model_state_dict"), ', under "model_state_dict"'],
  ["state_dict in model", under("model.state_dict"), ', under "model.state_dict"'],
  [
    "DataParallel in model",
    under("model.module"),
    ', under "model", without "module" in their names',
  ],
  ["a part of a larger model", under("first_stage_model"), ', under "first_stage_model"'],
  ["averages alone", under("ema"), ', under "ema"'],
  ["BasicSR's averages", under("params_ema"), ', under "params_ema"'],
  [
    "the reference's averages",
    (name) => `model_ema.${name.replaceAll(".", "")}`,
    ', under "model_ema"',
  ],
  [
    "the reference's averages of a compiled model",
    (name) => `model_ema.${compiled(name).replaceAll(".", "")}`,
    ', under "model_ema"',
  ],
];

test.each(wrapped)("all weights are found: %s", (_kind, rename, said) => {
  const state = entries(rename);
  expect(mapped(state)).toEqual([[...state.keys()], `4 of 4 weights${said}`, []]);
});

test("what only training needs is unexpected where the weights are, and nothing elsewhere", () => {
  const state = entries(under("model.module"));
  for (const id of ["model.module.loss.d", "optimizer.state.0.exp_avg", "epoch"]) {
    state.set(id, { shape, id });
  }
  expect(mapped(state)[2]).toEqual(["loss.d"]);
});

test("averages are not used next to the weights themselves", () => {
  const weights = names.map(under("model"));
  for (const ema of ["ema", "ema_state_dict", "model_ema", "ema.module"]) {
    const state = entries(under(ema), under("model"));
    const place = ema.replace(".module", "");
    expect(mapped(state).slice(0, 2)).toEqual([
      weights,
      `4 of 4 weights, under "model", those under "${place}" are not used`,
    ]);
  }
  expect(mapped(entries(under("ema"), (name) => name))[1]).toBe("4 of 4 weights");
});

test("averages are used when ignore_keys leaves the weights themselves out", () => {
  const state = entries(under("model"), under("ema"));
  const [used, said] = mapped(state, ["model\\."]);
  expect([used, said]).toEqual([names.map(under("ema")), '4 of 4 weights, under "ema"']);
});

test("the place with most weights is taken, and then the top", () => {
  const state = entries(under("student"), under("teacher"));
  state.delete("teacher.decoder.c.weight");
  expect(mapped(state)[1]).toBe('4 of 4 weights, under "student"');
  const top = entries(under("best"), (name) => name);
  top.delete("best.encoder.a.weight");
  top.delete("decoder.c.weight");
  expect(mapped(top)[1]).toBe('3 of 4 weights, those under "best" are not used');
});

test("of two places the one with the model's shapes is taken", () => {
  const state = entries(under("large"), under("small"));
  for (const name of names) state.set(`large.${name}`, { shape: [9], id: "large" });
  expect(mapped(state)[1]).toBe('4 of 4 weights, under "small", those under "large" are not used');
});

test("two places that fit equally well are an error that names both and the way out", () => {
  const state = entries(under("student"), under("teacher.net"));
  expect(() => mapped(state)).toThrow(
    'checkpoint: x.ckpt: "student" and "teacher.net" both hold 4 of the model\'s 4 weights; ' +
      'name the one to leave out in ignore_keys, such as "teacher\\.net\\."',
  );
  expect(mapped(state, ["teacher\\.net\\."])[1]).toBe('4 of 4 weights, under "student"');
});

test("two tensors for one weight are an error that names both", () => {
  const state = entries(under("module"));
  state.set(names[1]!, { shape, id: "plain" });
  expect(() => mapped(state)).toThrow(
    "checkpoint: x.ckpt: module.encoder.mid.b.bias and encoder.mid.b.bias are both " +
      "encoder.mid.b.bias of the model; name one of them in ignore_keys",
  );
  expect(mapped(state, ["module\\."])[1]).toBe("1 of 4 weights");
});

test("a complete state dict is taken as it is, whatever else would map onto it", () => {
  const state = entries((name) => name, under("module"));
  expect(mapped(state).slice(0, 2)).toEqual([names, "4 of 4 weights"]);
});

test("keys are ignored by the model's names as well as by the file's", () => {
  for (const key of ["decoder\\.", "module\\.decoder\\."]) {
    const match = matchState(expected, entries(under("module")), { ignoreKeys: [key] });
    expect([...match.used.keys()]).toEqual(names.slice(0, 2));
    expect([match.ignored, match.missing]).toEqual([names.slice(2), []]);
  }
});

test("a checkpoint of which no name fits is an error with names of both", () => {
  const state = new Map(["net.x", "net.y", "net.z", "net.w"].map((id) => [id, { shape, id }]));
  expect(() => mapped(state)).toThrow(
    "checkpoint: x.ckpt: none of its 4 tensors (net.x, net.y, net.z, …) is one of the model's 4 " +
      "(encoder.a.weight, encoder.mid.b.bias, decoder.a.weight, …); choose a checkpoint of this model",
  );
  expect(() => mapped(new Map())).toThrow("none of its 0 tensors is one of the model's 4 (");
});

test("names that only resemble the model's are not taken for them", () => {
  for (const id of ["encoder.a", "xencoder.a.weight", "encoder.a.weight.exp_avg", "a.weight"]) {
    expect(() => mapped(new Map([[id, { shape, id }]]))).toThrow("none of its 1 tensors");
  }
});

test("a wrapper's name that belongs to the model stays", () => {
  const own = new Map([["net.module.weight", shape]]);
  const state = new Map([["model._orig_mod.net.module.weight", { shape }]]);
  expect([...matchState(own, state).used.keys()]).toEqual(["net.module.weight"]);
});

test("ten thousand deeply nested names are no hindrance", () => {
  const deep = "x.".repeat(500);
  const state = new Map(
    Array.from({ length: 1e4 }, (_, i) => [`${deep}${i}.encoder.a.weight`, { shape, id: "" }]),
  );
  expect(() => mapped(state)).toThrow(/both hold 1 of the model's 4 weights/);
});
