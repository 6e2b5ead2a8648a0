/** Eigenvalues of a symmetric matrix, in no order, and the unit eigenvector of the i-th one in row i. */
export interface Eigen {
  readonly values: Float64Array;
  readonly vectors: Float64Array;
}

// A block of size 2 needs 2 or 3 sweeps; this many mean that the numbers are not finite.
const MOST_SWEEPS = 60;

/**
 * Eigenvalues and eigenvectors of a symmetric matrix `[size, size]` in float64: Householder reflections to tridiagonal form, then
 * implicit QR steps with Wilkinson's shift (Golub & Van Loan, Matrix Computations, 8.3).
 */
export function symmetricEigen(matrix: Float64Array, size: number): Eigen {
  const { diagonal, beside, vectors } = tridiagonal(matrix, size);
  let sweeps = 0;
  for (let last = size - 1; last > 0;) {
    const isSplit = (k: number): boolean =>
      Math.abs(beside[k]!) <=
      Number.EPSILON * (Math.abs(diagonal[k]!) + Math.abs(diagonal[k + 1]!));
    if (isSplit(last - 1)) {
      last--;
      continue;
    }
    if (sweeps++ > MOST_SWEEPS * size) {
      throw new RangeError(`eigen: no convergence after ${sweeps} sweeps; is every number finite?`);
    }
    let first = last - 1;
    while (first > 0 && !isSplit(first - 1)) first--;
    sweep(diagonal, beside, vectors, first, last);
  }
  return { values: diagonal, vectors };
}

/** One shifted QR step on the block from `first` to `last`; its rotations are applied to the rows of `vectors`. */
function sweep(
  d: Float64Array,
  e: Float64Array,
  vectors: Float64Array,
  first: number,
  last: number,
): void {
  const half = (d[last - 1]! - d[last]!) / 2;
  const corner = e[last - 1]!;
  const root = Math.hypot(half, corner);
  const shift = d[last]! - (corner * corner) / (half < 0 ? half - root : half + root);
  let x = d[first]! - shift;
  let z = e[first]!;
  for (let k = first; k < last; k++) {
    const r = Math.hypot(x, z);
    const c = r === 0 ? 1 : x / r;
    const s = r === 0 ? 0 : z / r;
    if (k > first) e[k - 1] = r;
    const [a, b, g] = [d[k]!, e[k]!, d[k + 1]!];
    d[k] = c * c * a + 2 * c * s * b + s * s * g;
    d[k + 1] = s * s * a - 2 * c * s * b + c * c * g;
    e[k] = c * s * (g - a) + (c * c - s * s) * b;
    if (k < last - 1) {
      x = e[k]!;
      z = s * e[k + 1]!;
      e[k + 1] = c * e[k + 1]!;
    }
    rotate(vectors, d.length, k, c, s);
  }
}

function rotate(rows: Float64Array, size: number, k: number, c: number, s: number): void {
  const from = k * size;
  for (let i = from; i < from + size; i++) {
    const p = rows[i]!;
    const q = rows[i + size]!;
    rows[i] = c * p + s * q;
    rows[i + size] = c * q - s * p;
  }
}

interface Tridiagonal {
  readonly diagonal: Float64Array;
  readonly beside: Float64Array;
  /** The orthogonal matrix whose rows take the tridiagonal form back. */
  readonly vectors: Float64Array;
}

function tridiagonal(matrix: Float64Array, size: number): Tridiagonal {
  const a = matrix.slice();
  const vectors = new Float64Array(size * size);
  for (let i = 0; i < size; i++) vectors[i * size + i] = 1;
  const v = new Float64Array(size);
  const p = new Float64Array(size);
  const beside = new Float64Array(size);
  for (let k = 0; k < size - 1; k++) {
    let norm = 0;
    for (let i = k + 1; i < size; i++) norm = Math.hypot(norm, a[k * size + i]!);
    const head = a[k * size + k + 1]!;
    const alpha = head > 0 ? -norm : norm;
    beside[k] = alpha;
    if (norm === 0) continue;
    for (let i = k + 1; i < size; i++) v[i] = a[k * size + i]!;
    v[k + 1] = head - alpha;
    const beta = 1 / (norm * (norm + Math.abs(head)));
    reflectBothSides(a, size, k + 1, v, p, beta);
    reflectRows(vectors, size, k + 1, v, p, beta);
  }
  const diagonal = Float64Array.from({ length: size }, (_, i) => a[i * size + i]!);
  return { diagonal, beside, vectors };
}

/** A ← H A H on the rows and columns from `start`, where H = I - beta v vᵀ. */
function reflectBothSides(
  a: Float64Array,
  size: number,
  start: number,
  v: Float64Array,
  p: Float64Array,
  beta: number,
): void {
  let overlap = 0;
  for (let i = start; i < size; i++) {
    let sum = 0;
    for (let j = start; j < size; j++) sum += a[i * size + j]! * v[j]!;
    p[i] = beta * sum;
    overlap += p[i]! * v[i]!;
  }
  const share = (beta / 2) * overlap;
  for (let i = start; i < size; i++) p[i] = p[i]! - share * v[i]!;
  for (let i = start; i < size; i++) {
    for (let j = start; j < size; j++) {
      a[i * size + j] = a[i * size + j]! - v[i]! * p[j]! - p[i]! * v[j]!;
    }
  }
}

/** rows ← H rows, where H = I - beta v vᵀ touches the rows from `start`. */
function reflectRows(
  rows: Float64Array,
  size: number,
  start: number,
  v: Float64Array,
  p: Float64Array,
  beta: number,
): void {
  p.fill(0);
  for (let i = start; i < size; i++) {
    for (let j = 0; j < size; j++) p[j] = p[j]! + v[i]! * rows[i * size + j]!;
  }
  for (let i = start; i < size; i++) {
    const weight = beta * v[i]!;
    for (let j = 0; j < size; j++) rows[i * size + j] = rows[i * size + j]! - weight * p[j]!;
  }
}
