import { assertClose, hashValues } from "@vidtok/tensor/testing";
import { expect, test } from "vitest";
import { symmetricEigen } from "../../src/fvd/symmetricEigen.ts";
import { featureStatistics, frechetDistance, type FeatureStatistics } from "../../src/index.ts";

function statistics(name: string, count: number, size: number): FeatureStatistics {
  const values = hashValues(name, count * size);
  return featureStatistics(rows(values, size));
}

/** The reference's other set, in float32 as it was there: wider, and moved. */
function moved(name: string, count: number, size: number): FeatureStatistics {
  const wider = hashValues(name, count * size).map((v) => v * Math.fround(1.3));
  return featureStatistics(
    rows(
      wider.map((v) => v + Math.fround(0.2)),
      size,
    ),
  );
}

function rows(values: Float32Array, size: number): Float32Array[] {
  return Array.from({ length: values.length / size }, (_, row) =>
    values.subarray(row * size, (row + 1) * size),
  );
}

test("the Fréchet distance equals the reference's", () => {
  const distance = frechetDistance(statistics("fa.f1", 64, 16), moved("fb.f1", 50, 16));
  expect(distance).toBeCloseTo(2.207424285858666, 11);
});

test("fewer vectors than features have the distance that the reference finds", () => {
  const distance = frechetDistance(statistics("fa.f2", 24, 40), moved("fb.f2", 24, 40));
  // The reference takes the root of a singular product, which leaves it an error of 3e-7; the singular values of the centred
  // vectors' product, found in NumPy, give the distance to the last digit.
  expect(distance).toBeCloseTo(18.3479902057201, 6);
  expect(distance).toBeCloseTo(18.34799053430944, 11);
});

test("a set is at distance 0 of itself, whether its covariance is singular or not", () => {
  for (const count of [24, 200]) {
    const set = statistics("set", count, 40);
    expect(Math.abs(frechetDistance(set, set))).toBeLessThan(1e-12);
  }
});

test("the order of the sets does not matter", () => {
  const [few, many] = [statistics("few", 5, 40), moved("many", 90, 40)];
  expect(frechetDistance(few, many)).toBeCloseTo(frechetDistance(many, few), 11);
});

test("equal vectors have no covariance, and the distance is that of their means", () => {
  const still = (value: number): FeatureStatistics =>
    featureStatistics([new Float64Array(3).fill(value), new Float64Array(3).fill(value)]);
  expect(frechetDistance(still(1), still(3))).toBe(12);
});

test("the covariance is the unbiased one", () => {
  const { count, mean, covariance } = featureStatistics([
    [1, 2],
    [3, 8],
  ]);
  expect(count).toBe(2);
  expect([...mean]).toEqual([2, 5]);
  expect([...covariance]).toEqual([2, 6, 6, 18]);
});

test("eigenvectors times eigenvalues give the matrix back", () => {
  const size = 30;
  const matrix = statistics("matrix", 50, size).covariance;
  const { values, vectors } = symmetricEigen(matrix, size);
  const product = matrix.map((_, at) => {
    const [i, j] = [Math.floor(at / size), at % size];
    return values.reduce(
      (sum, l, k) => sum + l * vectors[k * size + i]! * vectors[k * size + j]!,
      0,
    );
  });
  assertClose(product, matrix, 1e-13, "V Λ V");
});

test("matrices that are diagonal, or zero, or of size 1 keep their eigenvalues", () => {
  expect([...symmetricEigen(Float64Array.of(3, 0, 0, 0, 1, 0, 0, 0, 2), 3).values]).toEqual([
    3, 1, 2,
  ]);
  expect([...symmetricEigen(new Float64Array(9), 3).values]).toEqual([0, 0, 0]);
  expect([...symmetricEigen(Float64Array.of(7), 1).values]).toEqual([7]);
});

test("what has no Fréchet distance is refused", () => {
  expect(() => featureStatistics([[1, 2]])).toThrowErrorMatchingInlineSnapshot(
    `[RangeError: featureStatistics: 1 vectors have no covariance, needed 2 or more]`,
  );
  expect(() => featureStatistics([[1, 2], [1]])).toThrowErrorMatchingInlineSnapshot(
    `[RangeError: featureStatistics: vector 1 has 1 numbers but vector 0 has 2]`,
  );
  expect(() =>
    featureStatistics([
      [1, 2],
      [1, NaN],
    ]),
  ).toThrowErrorMatchingInlineSnapshot(
    `[RangeError: featureStatistics: number 1 of vector 1 is NaN]`,
  );
  expect(() =>
    frechetDistance(statistics("a", 3, 4), statistics("b", 3, 5)),
  ).toThrowErrorMatchingInlineSnapshot(
    `[RangeError: frechetDistance: a has 4 features but b has 5; take both from the same net]`,
  );
  expect(() =>
    symmetricEigen(Float64Array.of(1, NaN, NaN, 1), 2),
  ).toThrowErrorMatchingInlineSnapshot(
    `[RangeError: eigen: no convergence after 122 sweeps; is every number finite?]`,
  );
});
