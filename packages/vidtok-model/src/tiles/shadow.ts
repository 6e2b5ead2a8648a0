import { parameters } from "@vidtok/nn";
import { contiguous, full, scope, sizeOf, sizingBackend, withPrecision } from "@vidtok/tensor";
import type { Backend, Precision, SizingBackend } from "@vidtok/tensor";
import type { ModelConfig } from "../config/modelConfig.ts";
import { Decoder } from "../decoder.ts";
import { Encoder } from "../encoder.ts";
import type { Segment } from "../layers/segment.ts";

/** A model without numbers, which shows how much memory the real one takes on a backend. */
export class Shadow {
  readonly #halves: { readonly encoder: Encoder; readonly decoder: Decoder };
  readonly #precision: Precision;
  readonly #sizing: SizingBackend;

  constructor(config: ModelConfig, precision: Precision, backend: Backend) {
    this.#halves = { encoder: new Encoder(config.encoder), decoder: new Decoder(config.decoder) };
    this.#precision = precision;
    this.#sizing = sizingBackend(backend);
    for (const parameter of parameters(this.#halves).values()) {
      parameter.value = scope(() => contiguous(full(parameter.shape, 0, this.#sizing)));
    }
  }

  /** Runs `measure` with the segments of a half and the backend that counts. */
  run<T>(
    half: "encoder" | "decoder",
    measure: (segments: readonly Segment[], sizing: SizingBackend) => T,
  ): T {
    return withPrecision(this.#precision, () =>
      measure(this.#halves[half].segments(), this.#sizing),
    );
  }

  weightBytes(half: "encoder" | "decoder"): number {
    const shapes = [...parameters(this.#halves[half]).values()].map(({ shape }) => shape);
    return shapes.reduce((sum, shape) => sum + 4 * sizeOf(shape), 0);
  }
}
