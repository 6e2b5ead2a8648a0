import type { Expr } from "../../expr.ts";
import { sizeOf, type Shape } from "../../shape.ts";
import type { View } from "../../view.ts";
import { collapse, type Collapsed } from "./collapse.ts";
import { larger } from "./dialect.ts";
import { printElement, splitLeaves, type Leaves } from "./mapProgram.ts";
import { block, KernelWriter, type Program } from "./program.ts";

const part = (views: readonly View[], start: number, end?: number): View[] =>
  views.map(({ axes, offset }) => ({ axes: axes.slice(start, end), offset }));

/** The elements of a reduction and the parts that one stage of it leaves of each. */
export function partsOf(length: number): number {
  return length <= 2 * block ? 1 : Math.ceil(length / block);
}

/**
 * One stage of a reduction over the last `axes` axes: `[kept…, parts]` where every part is the sum or maximum of up to `block` neighbouring
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
  const kept = collapse(shape.slice(0, split), part(all, 0, split));
  const reduced = collapse(shape.slice(split), part(all, split));
  const length = sizeOf(reduced.sizes);
  const parts = partsOf(length);
  const merged = places.map(({ storage }, i) => ({ storage, view: join(kept, reduced, i) }));

  const writer = new KernelWriter(sizeOf(kept.sizes) * parts, merged);
  const outer = writer.coordinates("this.thread.x", [...kept.sizes, parts]);
  const chunk = outer.pop()!;
  const total = writer.accumulator();
  const terms = parts === 1 ? length : block;
  writer.loop(0, terms, (k) => {
    const position = parts === 1 ? k : `(${chunk} * ${block} + ${k})`;
    const accumulate = (): void => {
      const inner = writer.coordinates(writer.whole(position), reduced.sizes);
      const value = printElement(writer, expr, nodes, merged, blanks, [...outer, ...inner]);
      if (op === "sum") writer.line(`${total} += ${value};`);
      else writer.line(`${total} = (${k} < 1 ? ${value} : ${larger(total, value)});`);
    };
    if (length % terms === 0) accumulate();
    else writer.when(`${position} < ${length}`, accumulate);
  });
  return writer.finish(total);
}

function join(kept: Collapsed, reduced: Collapsed, i: number): View {
  const { axes, offset } = kept.views[i]!;
  return { axes: [...axes, ...reduced.views[i]!.axes], offset };
}
