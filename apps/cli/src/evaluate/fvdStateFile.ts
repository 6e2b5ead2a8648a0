import type { FvdState } from "@vidtok/metrics";

type Moments = FvdState["reals"];

/** The moments of both sets as float64: count, number of features, mean and comoments, one set after the other. */
export function encodeFvdState({ reals, fakes }: FvdState): Uint8Array {
  const numbers = [reals, fakes].flatMap(({ count, mean, comoments }) => [
    Float64Array.of(count, mean.length),
    mean,
    comoments,
  ]);
  return Buffer.concat(
    numbers.map((each) => new Uint8Array(each.buffer, each.byteOffset, each.byteLength)),
  );
}

/** What `encodeFvdState` wrote. */
export function decodeFvdState(bytes: Uint8Array): FvdState {
  const numbers = new Float64Array(Uint8Array.from(bytes).buffer);
  let at = 0;
  const next = (count: number): Float64Array => numbers.slice(at, (at += count));
  const moments = (): Moments => {
    const [count, size] = next(2) as unknown as readonly [number, number];
    return { count, mean: next(size), comoments: next(size * size) };
  };
  return { reals: moments(), fakes: moments() };
}
