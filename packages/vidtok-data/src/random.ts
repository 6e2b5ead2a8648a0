/** A source of uniform numbers in [0, 1) that is a pure function of `key` and the draw's number. */
export function randomSource(...key: readonly number[]): () => number {
  const seed = key.reduce((hash, part) => mix((hash ^ part) >>> 0), 0x811c9dc5);
  let draws = 0;
  return () => mix((seed + Math.imul(draws++, 0x9e3779b1)) >>> 0) / 2 ** 32;
}

/** The numbers 0 … n − 1 in random order. */
export function permutation(n: number, random: () => number): number[] {
  const order = Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}

// MurmurHash3's finaliser.
function mix(x: number): number {
  let h = x;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
