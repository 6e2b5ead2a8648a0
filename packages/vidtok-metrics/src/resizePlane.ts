/**
 * Averages a plane of `width` columns over squares of `side` pixels, in place: the result is dense `[rows, columns]` at its start. What
 * fills no square is left out.
 */
export function poolInPlace(
  plane: Float64Array,
  width: number,
  rows: number,
  columns: number,
  side: number,
): void {
  if (side === 1) return;
  // The output index never passes the input index, so the plane can hold its own result.
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) {
      let sum = 0;
      for (let i = 0; i < side; i++) {
        const from = (r * side + i) * width + c * side;
        for (let j = 0; j < side; j++) sum += plane[from + j]!;
      }
      plane[r * columns + c] = sum / (side * side);
    }
  }
}

/**
 * Surrounds a plane `[rows, columns]` with `border` pixels that mirror it, without repeating its edge, in place: the result is dense
 * `[rows + 2 border, columns + 2 border]`.
 */
export function reflectInPlace(
  plane: Float64Array,
  rows: number,
  columns: number,
  border: number,
): void {
  if (border === 0) return;
  const width = columns + 2 * border;
  // Backwards, since every pixel moves to a later place.
  for (let r = rows - 1; r >= 0; r--) {
    for (let c = columns - 1; c >= 0; c--) {
      plane[(r + border) * width + c + border] = plane[r * columns + c]!;
    }
  }
  for (let r = border; r < border + rows; r++) {
    const left = r * width + border;
    const right = left + columns - 1;
    for (let k = 1; k <= border; k++) {
      plane[left - k] = plane[left + k]!;
      plane[right + k] = plane[right - k]!;
    }
  }
  const [top, bottom] = [border, border + rows - 1];
  for (let k = 1; k <= border; k++) {
    plane.copyWithin((top - k) * width, (top + k) * width, (top + k + 1) * width);
    plane.copyWithin((bottom + k) * width, (bottom - k) * width, (bottom - k + 1) * width);
  }
}
