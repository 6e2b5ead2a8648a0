/** Taps of a filter here: one in the middle and five on either side, the same mirrored. */
export const WINDOW = 11;

// Both loops are written out: this is where SSIM spends its time, and a loop over taps takes twice as long.

/** Filters a row: `out[at + i]` weighs `row[i]` to `row[i + 10]`. */
export function filterAlong(
  row: Float64Array,
  taps: Float64Array,
  out: Float64Array,
  at: number,
): void {
  const [t0, t1, t2] = [taps[0]!, taps[1]!, taps[2]!];
  const [t3, t4, t5] = [taps[3]!, taps[4]!, taps[5]!];
  const count = row.length - WINDOW + 1;
  for (let i = 0; i < count; i++) {
    out[at + i] =
      t5 * row[i + 5]! +
      t4 * (row[i + 4]! + row[i + 6]!) +
      t3 * (row[i + 3]! + row[i + 7]!) +
      t2 * (row[i + 2]! + row[i + 8]!) +
      t1 * (row[i + 1]! + row[i + 9]!) +
      t0 * (row[i]! + row[i + 10]!);
  }
}

/** Filters 11 rows as long as `out` into one: they follow each other in `rows` from `first` on. */
export function filterAcross(
  rows: Float64Array,
  first: number,
  taps: Float64Array,
  out: Float64Array,
): void {
  const [t0, t1, t2] = [taps[0]!, taps[1]!, taps[2]!];
  const [t3, t4, t5] = [taps[3]!, taps[4]!, taps[5]!];
  const width = out.length;
  for (let i = 0; i < width; i++) {
    let at = first + i;
    const r0 = rows[at]!;
    const r1 = rows[(at += width)]!;
    const r2 = rows[(at += width)]!;
    const r3 = rows[(at += width)]!;
    const r4 = rows[(at += width)]!;
    const r5 = rows[(at += width)]!;
    const r6 = rows[(at += width)]!;
    const r7 = rows[(at += width)]!;
    const r8 = rows[(at += width)]!;
    const r9 = rows[(at += width)]!;
    const r10 = rows[at + width]!;
    out[i] =
      t5 * r5 + t0 * (r0 + r10) + t1 * (r1 + r9) + t2 * (r2 + r8) + t3 * (r3 + r7) + t4 * (r4 + r6);
  }
}
