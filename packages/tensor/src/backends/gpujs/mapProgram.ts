import type { Expr } from "../../expr.ts";
import { sizeOf, type Shape } from "../../shape.ts";
import { collapse, isBlank } from "./collapse.ts";
import { printFormula } from "./dialect.ts";
import { KernelWriter, type Place, type Program } from "./program.ts";

/** What the leaves of a formula read: its inputs, or whole parts of it that are stored already. */
export type Leaves<Handle> = ReadonlyMap<Expr, Place<Handle>>;

/** The leaves that read something, and the texts of those that read nothing but 0. */
export function splitLeaves<Handle>(leaves: Leaves<Handle>): {
  readonly nodes: readonly Expr[];
  readonly places: readonly Place<Handle>[];
  readonly blanks: ReadonlyMap<Expr, string>;
} {
  const all = [...leaves];
  const filled = all.filter(([, { view }]) => !isBlank(view));
  const blanks = all.filter(([, { view }]) => isBlank(view));
  return {
    nodes: filled.map(([node]) => node),
    places: filled.map(([, place]) => place),
    blanks: new Map(blanks.map(([node]) => [node, "0"])),
  };
}

/** Prints a formula of elements whose coordinates are known. */
export function printElement<Handle>(
  writer: KernelWriter<Handle>,
  expr: Expr,
  nodes: readonly Expr[],
  places: readonly Place<Handle>[],
  blanks: ReadonlyMap<Expr, string>,
  coordinates: readonly string[],
): string {
  const texts = new Map(blanks);
  for (const [i, node] of nodes.entries()) {
    const address = writer.address(places[i]!, coordinates);
    texts.set(node, writer.define(writer.element(address)));
  }
  return printFormula(expr, texts, (text) => writer.define(text));
}

/** The kernel of `map`: one formula at every element. */
export function mapProgram<Handle>(
  shape: Shape,
  expr: Expr,
  leaves: Leaves<Handle>,
): Program<Handle> {
  const { nodes, places, blanks } = splitLeaves(leaves);
  const { sizes, views } = collapse(
    shape,
    places.map(({ view }) => view),
  );
  const merged = places.map(({ storage }, i) => ({ storage, view: views[i]! }));
  const writer = new KernelWriter(sizeOf(shape), merged);
  const coordinates = writer.coordinates("this.thread.x", sizes);
  return writer.finish(printElement(writer, expr, nodes, merged, blanks, coordinates));
}
