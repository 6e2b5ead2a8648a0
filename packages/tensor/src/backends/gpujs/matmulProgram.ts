import { sizeOf } from "../../shape.ts";
import { isBlank } from "./collapse.ts";
import { KernelWriter, shifted, type Place, type Program } from "./program.ts";

/** The kernel of `matmul`: `[b, m, k]` times `[b, k, n]`, one element a thread. */
export function matmulProgram<Handle>(a: Place<Handle>, b: Place<Handle>): Program<Handle> {
  const [batch, rows, inner] = a.view.axes;
  const [, middle, columns] = b.view.axes;
  const sizes = [batch!.size, rows!.size, columns!.size];
  const writer = new KernelWriter(sizeOf(sizes), [a, b]);
  if (isBlank(a.view) || isBlank(b.view)) return writer.finish("0");
  const [i, row, column] = writer.coordinates("this.thread.x", sizes);
  const left = writer.address(a, [i, row, undefined]);
  const right = writer.address(b, [i, undefined, column]);
  // Where either factor is padding, the term is 0.
  const from = Math.max(inner!.lo, middle!.lo);
  const to = Math.min(inner!.hi, middle!.hi);
  const total = writer.sum(Math.max(0, to - from), (k) => {
    const at = shifted(k, from);
    return `${writer.element(left, inner!, at)} * ${writer.element(right, middle!, at)}`;
  });
  return writer.finish(total);
}
