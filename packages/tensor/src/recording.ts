import type { Tensor } from "./tensor.ts";

type Observer = (inputs: readonly Tensor[], result: Tensor) => void;

let recording = true;
let observer: Observer | undefined;

/** Whether ops remember how to go back. */
export function isRecording(): boolean {
  return recording;
}

/** Runs `f` with recording on or off. */
export function withRecording<T>(on: boolean, f: () => T): T {
  const before = recording;
  recording = on;
  try {
    return synchronous("noGrad", f());
  } finally {
    recording = before;
  }
}

/** Runs `f` without remembering how to go back: no gradient can be taken of what it makes. */
export function noGrad<T>(f: () => T): T {
  return withRecording(false, f);
}

/** Whether gradients will follow: of what is recorded, or is watched to be recorded later. */
export function isTraining(): boolean {
  return recording || observer !== undefined;
}

/** Tells the observer, if there is one, of an op. */
export function observe(inputs: readonly Tensor[], result: Tensor): void {
  observer?.(inputs, result);
}

/** Runs `f` and calls `watch` for every op in it. */
export function observed<T>(watch: Observer, f: () => T): T {
  const outer = observer;
  observer = (inputs, result) => {
    watch(inputs, result);
    outer?.(inputs, result);
  };
  try {
    return f();
  } finally {
    observer = outer;
  }
}

/** The result, unless it is a promise: what a mode switch covers has to be over when the function returns. */
export function synchronous<T>(what: string, result: T): T {
  if (result instanceof Promise) {
    throw new Error(
      `${what}: the function returned a promise; launch ops in it and await reads outside`,
    );
  }
  return result;
}
