import type { Expr } from "../../expr.ts";
import { sizeOf, type Shape } from "../../shape.ts";
import type { View } from "../../view.ts";
import { collapse, type Collapsed } from "./collapse.ts";
import { larger } from "./dialect.ts";
import { printElement, splitLeaves, type Leaves } from "./mapProgram.ts";
import { KernelWriter, type Program } from "./program.ts";

const axesOf = (views: readonly View[], start: number, end?: number): View[] =>
  views.map(({ axes, offset }) => ({ axes: axes.slice(start, end), offset }));

// Terms that one thread reduces.
const chunk = 256;

/** How many parts one stage of a reduction leaves of `length` terms: 1 is the last stage. */
export function partsOf(length: number): number {
  return length <= 2 * chunk ? 1 : Math.ceil(length / chunk);
}

/**
 * One stage of a reduction over the last `axes` axes: `[kept…, parts]` where every part is the sum or maximum of up to `chunk` neighbouring
 * terms, or of all of them when there is one part.
 */
export function reduceProgram<Handle>(
  shape: Shape,
  expr: Expr,
  leaves: Leaves<Handle>,
  op: "sum" | "max",
  axes: number,
): Program<Handle> {
  const { nodes, places, blanks } = splitLeaves(leaves);
  const split = shape.length - axes;
  const all = places.map(({ view }) => view);
  const kept = collapse(shape.slice(0, split), axesOf(all, 0, split));
  const reduced = collapse(shape.slice(split), axesOf(all, split));
  const length = sizeOf(reduced.sizes);
  const parts = partsOf(length);
  const merged = places.map(({ storage }, i) => ({ storage, view: join(kept, reduced, i) }));

  const writer = new KernelWriter(sizeOf(kept.sizes) * parts, merged);
  const outer = writer.coordinates("this.thread.x", [...kept.sizes, parts]);
  const part = outer.pop()!;
  const terms = parts === 1 ? length : chunk;
  const position = (k: string): string => (parts === 1 ? k : `(${part} * ${chunk} + ${k})`);
  const value = (k: string): string => {
    const inner = writer.coordinates(writer.whole(position(k)), reduced.sizes);
    return printElement(writer, expr, nodes, merged, blanks, [...outer, ...inner]);
  };
  const inside = (k: string): string | undefined =>
    length % terms === 0 ? undefined : `${position(k)} < ${length}`;
  if (op === "sum") return writer.finish(writer.sum(terms, value, inside));
  const most = writer.accumulator();
  writer.loop(0, terms, (k) => {
    writer.when(inside(k), () => {
      const next = value(k);
      writer.line(`${most} = (${k} < 1 ? ${next} : ${larger(most, next)});`);
    });
  });
  return writer.finish(most);
}

function join(kept: Collapsed, reduced: Collapsed, i: number): View {
  const { axes, offset } = kept.views[i]!;
  return { axes: [...axes, ...reduced.views[i]!.axes], offset };
}
