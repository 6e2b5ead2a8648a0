import { E, type Expr, type Source } from "@vidtok/tensor";
import { expect, test } from "vitest";
import { dense, noise, permuted, view, x, y } from "./inputs.ts";
import { backends } from "./isas.ts";

const shape = [37, 90];
const views = {
  "in order": [dense(37, 90), dense(37, 90)],
  "one across": [dense(37, 90), permuted(dense(90, 37), 1, 0)],
  "one repeated, one padded": [
    view([
      [37, 0],
      [90, 0],
    ]),
    view(
      [
        [37, 90, 2, 36],
        [90, 1, 0, 80],
      ],
      0,
    ),
  ],
} as const;

const shared = E.mul(x, E.exp(y));
const formulas: Readonly<Record<string, readonly Expr[]>> = {
  "what they share": [shared, E.add(shared, y), E.sqrt(E.abs(shared))],
  "one inside another, and last": [E.add(E.exp(x), y), E.exp(x)],
  "inputs and constants": [x, E.add(x, 1), y, E.mul(E.sub(x, x), 0)],
  "the same twice": [shared, shared],
};

for (const [isa, backend] of backends) {
  for (const [name, exprs] of Object.entries(formulas)) {
    test.each(Object.entries(views))(
      `${isa}, ${name}, %s: several maps at once are those maps`,
      async (_, [first, second]) => {
        const inputs: readonly Source[] = [noise(backend, first, "x"), noise(backend, second, "y")];
        const together = backend.mapAll!(shape, inputs, exprs);
        expect(together.map(({ size }) => size)).toEqual(exprs.map(() => 37 * 90));
        for (const [i, expr] of exprs.entries()) {
          const alone = backend.map(shape, inputs, expr);
          expect(await backend.read(together[i]!)).toEqual(await backend.read(alone));
        }
      },
    );
  }

  test(`${isa}: several maps of nothing are nothing`, async () => {
    const empty = noise(backend, dense(0, 3));
    const results = backend.mapAll!([0, 3], [empty], [x, E.exp(x)]);
    expect(await Promise.all(results.map((result) => backend.read(result)))).toEqual([
      new Float32Array(0),
      new Float32Array(0),
    ]);
  });
}
