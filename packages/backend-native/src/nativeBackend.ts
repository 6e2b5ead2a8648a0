import { setImmediate } from "node:timers/promises";
import {
  bytecode,
  shapeOf,
  sizeOf,
  type Backend,
  type ConvGeometry,
  type Expr,
  type NormSettings,
  type Precision,
  type Shape,
  type Source,
} from "@vidtok/tensor";
import type { NativeMemory, Session } from "./addon.ts";
import { Commands } from "./commands.ts";
import { addonOf } from "./isa.ts";
import { program } from "./program.ts";
import { settings, type NativeOptions } from "./settings.ts";
import { NativeStorage } from "./storage.ts";
import { Upkeep } from "./upkeep.ts";

// What a convolution alone has around it.
const plain = { repeat: [1, 1, 1], before: undefined, residual: undefined, mix: undefined };

/** The native backend, with what the contract does not ask for. */
export interface NativeBackend extends Backend {
  /**
   * Bytes of this backend: in storages now and at most, in packed weights, and freed but kept for
   * reuse.
   */
  memory(): NativeMemory;
  /** Gives freed memory that was kept for reuse back to the system. */
  trim(): void;
  /** The addon's own handle, for benchmarks. */
  readonly session: Session;
}

/**
 * The CPU backend in C++, in float32 and bf16, on as many threads as `options.threads`,
 * `VIDTOK_THREADS` or the cores say. Each call opens a session with threads, memory and a pool of
 * its own; `sharedNativeBackend` takes the one in use. Kernels run to the end before they return.
 * Throws `UnavailableError` where no addon loads or the instruction set cannot run.
 */
export function nativeBackend(options: NativeOptions = {}): NativeBackend {
  const { isa, threads, mode } = settings(options);
  const commands = new Commands();
  const { addon, index } = addonOf(isa);
  const session = new addon.Session(commands.numbers, threads, index);
  const upkeep = new Upkeep(session);

  const put = (op: string, { storage, view }: Source): void => {
    commands.view(NativeStorage.handleOf(op, session, storage), view);
  };
  const formula = (
    op: string,
    shape: Shape,
    inputs: readonly Source[],
    ...exprs: readonly Expr[]
  ): void => {
    commands.write(shape.length, inputs.length).shape(op, shape);
    for (const input of inputs) put(op, input);
    commands.writeAll(program(bytecode(exprs, inputs.length), inputs.length)).end(op, inputs);
  };
  const made = (handle: number, size: number, format: Precision = "f32"): NativeStorage => {
    upkeep.produced();
    return new NativeStorage(session, handle, size, format);
  };

  const optional = (op: string, source: Source | undefined): void => {
    commands.optional(source && [NativeStorage.handleOf(op, session, source.storage), source.view]);
  };
  const convFused: NonNullable<Backend["convFused"]> = (x, w, bias, geometry, format, extras) => {
    commands
      .begin()
      .formats(format.operands, format.result)
      .write(format.isPassing ? 1 : 0);
    put("conv", x);
    put("conv", w);
    optional("conv", bias);
    commands.geometry(geometry).write(...extras.repeat);
    for (const source of [extras.before, extras.residual, extras.mix]) optional("conv", source);
    const size = x.view.axes[0]!.size * outputs(geometry) * w.view.axes[0]!.size;
    return made(session.conv(), size, format.result);
  };

  const layerNorm = (sources: readonly Source[], { eps, activation }: NormSettings): void => {
    commands.write(eps, activation === "silu" ? 1 : 0);
    for (const source of sources) put("layerNorm", source);
  };

  return {
    name: "native",
    mode,
    precisions: ["f32", "bf16"],
    session,

    upload(data) {
      const floats = data instanceof Float32Array ? data : Float32Array.from(data);
      return made(session.upload(floats), floats.length);
    },
    read(storage) {
      const data = new Float32Array(storage.size);
      session.read(NativeStorage.handleOf("read", session, storage), data);
      // Not a promise that is resolved at once: timers, signals and finalizers of a loop get their
      // turn here.
      return setImmediate(data);
    },
    free: (storage) => upkeep.freed(NativeStorage.free(session, storage)),
    memory: () => session.memory(),
    trim: () => session.trim(),

    map(shape, inputs, expr) {
      // A copy is in the format of what it copies.
      const result = expr.kind === "input" ? formatOf(inputs[expr.index]!) : "f32";
      commands.begin().formats(result);
      formula("map", shape, inputs, expr);
      return made(session.map(), sizeOf(shape), result);
    },
    mapAll(shape, inputs, exprs) {
      commands.begin();
      formula("map", shape, inputs, ...exprs);
      return session.mapAll().map((handle) => made(handle, sizeOf(shape)));
    },
    reduce(shape, inputs, expr, op, axes) {
      commands.begin().write(op === "sum" ? 0 : 1, axes);
      formula("reduce", shape, inputs, expr);
      return made(session.reduce(), sizeOf(shape.slice(0, shape.length - axes)));
    },
    matmul(a, b, { operands, result }) {
      commands.begin();
      put("matmul", a);
      put("matmul", b);
      commands.formats(operands, result);
      const [batch, rows] = a.view.axes;
      return made(session.matmul(), batch!.size * rows!.size * b.view.axes[2]!.size, result);
    },
    conv: (x, w, bias, geometry, format) => convFused(x, w, bias, geometry, format, plain),
    convFused,
    layerNorm(x, weight, bias, { result, ...options }) {
      commands.begin().formats(result);
      layerNorm([x, weight, bias], options);
      return made(session.layerNorm(), sizeOf(shapeOf(x.view)), result);
    },
    layerNormGradients(x, weight, bias, dy, options) {
      commands.begin();
      layerNorm([x, weight, bias, dy], options);
      const [dx, affine] = session.layerNormGradients() as [number, number];
      return [made(dx, sizeOf(shapeOf(x.view))), made(affine, 2 * x.view.axes.at(-1)!.size)];
    },
    convWeight(x, dy, geometry, operands) {
      commands.begin().formats(operands);
      put("convWeight", x);
      put("convWeight", dy);
      commands.geometry(geometry);
      const taps = geometry.reduce((product, axis) => product * axis.taps, 1);
      return made(session.convWeight(), dy.view.axes[4]!.size * taps * x.view.axes[4]!.size);
    },
  };
}

function formatOf({ storage }: Source): Precision {
  return storage instanceof NativeStorage ? storage.format : "f32";
}

function outputs(geometry: ConvGeometry): number {
  return geometry.reduce((product, axis) => product * axis.out, 1);
}
