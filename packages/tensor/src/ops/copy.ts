import { Block } from "../block.ts";
import { input } from "../expr.ts";
import { record, type Tensor } from "../tensor.ts";
import { dense } from "../view.ts";
import { launchKernel } from "./formula.ts";

/** A copy of x without padding or repetition, its axes in the order they have in memory. */
export function contiguous(x: Tensor): Tensor {
  const [block, view] = launchKernel(
    "contiguous",
    x.backend,
    [x],
    [x.view],
    input(0),
    x.shape,
    [],
    "sum",
  );
  return record(block, view, [x], [(dy) => dy]);
}

/** A copy of x in row-major order. */
export function rowMajor(x: Tensor): Tensor {
  const storage = x.backend.map(x.shape, [x.source()], input(0));
  return record(new Block(x.backend, storage), dense(x.shape), [x], [(dy) => dy]);
}
