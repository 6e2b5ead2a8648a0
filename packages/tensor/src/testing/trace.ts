import type { Backend, Precision, Source } from "../backend.ts";
import { printExpr } from "../expr.ts";
import { show } from "../shape.ts";
import { shapeOf } from "../view.ts";

/** A backend that also writes down every kernel it launches. */
export function traced(backend: Backend): { readonly backend: Backend; readonly log: string[] } {
  const log: string[] = [];
  const shapes = (...sources: readonly Source[]): string =>
    sources.map(({ view }) => show(shapeOf(view))).join(" ");
  const rounding = (format: Precision): string => (format === "f32" ? "" : ` in ${format}`);
  const { mapAll, convFused, convWeight, layerNorm, layerNormGradients } = backend;
  const tracing: Backend = {
    name: backend.name,
    mode: backend.mode,
    precisions: backend.precisions,
    ...(backend.mostElements !== undefined && { mostElements: backend.mostElements }),
    upload: (data) => backend.upload(data),
    read: (storage) => backend.read(storage),
    free: (storage) => backend.free(storage),
    map(shape, inputs, expr) {
      log.push(`map ${show(shape)} ${printExpr(expr)}`);
      return backend.map(shape, inputs, expr);
    },
    ...(mapAll && {
      mapAll(shape, inputs, exprs) {
        log.push(`map ${show(shape)} ${exprs.map(printExpr).join("; ")}`);
        return mapAll.call(backend, shape, inputs, exprs);
      },
    }),
    reduce(shape, inputs, expr, op, axes) {
      log.push(`${op} over ${axes} of ${show(shape)} ${printExpr(expr)}`);
      return backend.reduce(shape, inputs, expr, op, axes);
    },
    matmul(a, b, format) {
      log.push(`matmul ${shapes(a, b)}${rounding(format.operands)}`);
      return backend.matmul(a, b, format);
    },
    conv(x, w, bias, geometry, format) {
      log.push(`conv ${shapes(x, w)}${bias ? " with bias" : ""}${rounding(format.operands)}`);
      return backend.conv(x, w, bias, geometry, format);
    },
    ...(convFused && {
      convFused(x, w, bias, geometry, format, extras) {
        const { repeat, ...sources } = extras;
        const around = Object.entries(sources).filter(([, source]) => source);
        const names = [...(bias ? ["bias"] : []), ...around.map(([name]) => name)].join(", ");
        const times = repeat.some((n) => n > 1) ? ` reading ${show(repeat)} times` : "";
        log.push(`convFused ${shapes(x, w)} with ${names}${times}${rounding(format.operands)}`);
        return convFused.call(backend, x, w, bias, geometry, format, extras);
      },
    }),
    ...(convWeight && {
      convWeight(x, dy, geometry, operands) {
        log.push(`convWeight ${shapes(x, dy)}${rounding(operands)}`);
        return convWeight.call(backend, x, dy, geometry, operands);
      },
    }),
    ...(layerNorm && {
      layerNorm(x, weight, bias, options) {
        const then = options.activation === "none" ? "" : ` then ${options.activation}`;
        log.push(`layerNorm ${shapes(x)}${then}${rounding(options.result)}`);
        return layerNorm.call(backend, x, weight, bias, options);
      },
    }),
    ...(layerNormGradients && {
      layerNormGradients(x, weight, bias, dy, settings) {
        log.push(`layerNormGradients ${shapes(x)}`);
        return layerNormGradients.call(backend, x, weight, bias, dy, settings);
      },
    }),
  };
  return { backend: tracing, log };
}
