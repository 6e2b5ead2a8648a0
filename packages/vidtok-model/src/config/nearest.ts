/**
 * The known name that takes the fewest single-letter edits to become `name` (case aside; its first
 * 100 letters).
 */
export function nearest(name: string, known: readonly string[]): string {
  const start = name.slice(0, 100).toLowerCase();
  const cost = (candidate: string) => editDistance(start, candidate.toLowerCase());
  return known.reduce((best, candidate) => (cost(candidate) < cost(best) ? candidate : best));
}

/** `nearest`, if it takes edits of at most a third of the name's letters. */
export function nearEnough(name: string, known: readonly string[]): string | undefined {
  const near = nearest(name, known);
  const edits = editDistance(name.slice(0, 100).toLowerCase(), near.toLowerCase());
  return edits <= Math.ceil(name.length / 3) ? near : undefined;
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}
