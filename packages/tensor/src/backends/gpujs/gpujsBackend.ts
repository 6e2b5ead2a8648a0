import type { Backend, BackendOptions, Source, Storage } from "../../backend.ts";
import { input, type Expr } from "../../expr.ts";
import { ShapeError, sizeOf, type Shape } from "../../shape.ts";
import { dense } from "../../view.ts";
import { convProgram } from "./convProgram.ts";
import { Memory, type Device } from "./device.ts";
import { mapProgram, type Leaves } from "./mapProgram.ts";
import { matmulProgram } from "./matmulProgram.ts";
import { openDevice } from "./openDevice.ts";
import type { Place, Program } from "./program.ts";
import { partsOf, reduceProgram } from "./reduceProgram.ts";

/**
 * The portable backend: kernels that gpu.js compiles for WebGPU, WebGL 2, headless GL, WebAssembly or plain JavaScript. Rejects with an
 * UnavailableError when the mode that is asked for cannot run here.
 */
export async function gpujsBackend(options: BackendOptions = {}): Promise<Backend> {
  const { device } = await openDevice(options.mode);
  return backendOn(device);
}

/** The kernels of the contract on a device. */
export function backendOn<Handle>(device: Device<Handle>): Backend {
  const abandoned = new FinalizationRegistry<Handle>((handle) => device.free?.(handle));
  const watched = (memory: Memory<Handle>): Memory<Handle> => {
    if (device.free) abandoned.register(memory, memory.handle, memory);
    return memory;
  };
  const free = (memory: Memory<Handle>): void => {
    abandoned.unregister(memory);
    device.free?.(memory.handle);
  };
  const own = (storage: Storage): Memory<Handle> => {
    if (storage instanceof Memory) return storage as Memory<Handle>;
    throw new TypeError("backend gpujs: a storage of another backend");
  };
  const place = ({ storage, view }: Source): Place<Handle> => ({ storage: own(storage), view });
  const nothing = (): Memory<Handle> => new Memory(0, 0, undefined as Handle);

  const checkSize = (op: string, size: number): void => {
    if (size <= device.largest) return;
    throw new ShapeError(
      `${op}: ${size} elements do not fit into one storage of gpu.js in mode ${device.mode}, which holds ${device.largest}; split the work`,
    );
  };
  const upload = (data: Float32Array): Memory<Handle> => {
    if (data.length === 0) return nothing();
    checkSize("upload", data.length);
    return watched(device.upload(data));
  };
  const run = (op: string, size: number, print: () => Program<Handle>): Memory<Handle> => {
    if (size === 0) return nothing();
    checkSize(op, size);
    return watched(device.run(print()));
  };
  const mapLeaves = (shape: Shape, expr: Expr, leaves: Leaves<Handle>): Memory<Handle> =>
    withLeaves(shape, expr, leaves, (fewer) =>
      run("map", sizeOf(shape), () => mapProgram(shape, expr, fewer)),
    );

  /** Runs `body` with no more leaves than a kernel can read: parts of the formula are stored first where there are more. */
  const withLeaves = <T>(
    shape: Shape,
    expr: Expr,
    leaves: Leaves<Handle>,
    body: (leaves: Leaves<Handle>) => T,
  ): T => {
    if (storages(leaves.values()) <= device.inputs) return body(leaves);
    const part = largestPart(expr, leaves, device.inputs);
    const storage = mapLeaves(shape, part, leavesOf(part, leaves));
    const fewer = leavesOf(expr, new Map([...leaves, [part, { storage, view: dense(shape) }]]));
    const result = withLeaves(shape, expr, fewer, body);
    free(storage);
    return result;
  };

  const sources = (expr: Expr, inputs: readonly Source[]): Leaves<Handle> =>
    leavesOf(expr, new Map(inputs.map((source, i) => [input(i), place(source)])));

  return {
    name: "gpujs",
    mode: device.mode,
    precisions: ["f32"],
    mostElements: device.largest,

    upload: (data) => upload(data instanceof Float32Array ? data : Float32Array.from(data)),
    async read(storage) {
      return storage.size === 0 ? new Float32Array() : device.read(own(storage));
    },
    free(storage) {
      if (storage.size > 0) free(own(storage));
    },

    map: (shape, inputs, expr) => mapLeaves(shape, expr, sources(expr, inputs)),

    reduce(shape, inputs, expr, op, axes) {
      const split = shape.length - axes;
      const kept = shape.slice(0, split);
      const length = sizeOf(shape.slice(split));
      if (length === 0)
        return upload(new Float32Array(sizeOf(kept)).fill(op === "sum" ? 0 : -Infinity));
      const parts = partsOf(length);
      const stage = withLeaves(shape, expr, sources(expr, inputs), (leaves) =>
        run("reduce", sizeOf(kept) * parts, () => reduceProgram(shape, expr, leaves, op, axes)),
      );
      if (parts === 1 || stage.size === 0) return stage;
      const rest = [...kept, parts];
      const result = this.reduce(rest, [{ storage: stage, view: dense(rest) }], input(0), op, 1);
      free(stage);
      return result;
    },

    matmul: (a, b) => run("matmul", matmulSize(a, b), () => matmulProgram(place(a), place(b))),

    conv(x, w, bias, geometry) {
      const [n] = x.view.axes;
      const [o] = w.view.axes;
      const size = n!.size * sizeOf(geometry.map((axis) => axis.out)) * o!.size;
      return run("conv", size, () =>
        convProgram(place(x), place(w), bias && place(bias), geometry),
      );
    },
  };
}

function matmulSize(a: Source, b: Source): number {
  const [batch, rows] = a.view.axes;
  return batch!.size * rows!.size * b.view.axes[2]!.size;
}

const storages = <Handle>(places: Iterable<Place<Handle>>): number =>
  new Set([...places].map(({ storage }) => storage)).size;

/** The leaves that a formula reaches, where a part that is a leaf hides what it is made of. */
function leavesOf<Handle>(expr: Expr, leaves: Leaves<Handle>): Leaves<Handle> {
  const found = new Map<Expr, Place<Handle>>();
  const seen = new Set<Expr>();
  const visit = (node: Expr): void => {
    if (seen.has(node)) return;
    seen.add(node);
    const leaf = leaves.get(node);
    if (leaf) found.set(node, leaf);
    else if (node.kind === "op") node.args.forEach(visit);
  };
  visit(expr);
  return found;
}

/** A part of a formula that reads many storages, but no more than a kernel can. */
function largestPart<Handle>(expr: Expr, leaves: Leaves<Handle>, most: number): Expr {
  const count = (node: Expr): number => storages(leavesOf(node, leaves).values());
  let part = expr;
  while (part.kind === "op" && count(part) > most) {
    part = part.args.reduce((best, arg) => (count(arg) > count(best) ? arg : best));
  }
  return part;
}
