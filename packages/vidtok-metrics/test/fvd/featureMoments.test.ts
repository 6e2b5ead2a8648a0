import { assertClose, hashValues } from "@vidtok/tensor/testing";
import { expect, test } from "vitest";
import { FeatureMoments } from "../../src/fvd/featureMoments.ts";
import { featureStatistics } from "../../src/index.ts";

const vectors = Array.from({ length: 9 }, (_, i) => hashValues(`vector${i}`, 5).map((v) => v + 3));

test("moments gathered one by one, or in parts that are merged, equal those of all vectors", () => {
  const whole = featureStatistics(vectors);
  const [one, other] = [new FeatureMoments(5), new FeatureMoments(5)];
  vectors.slice(0, 4).forEach((vector) => one.update(vector));
  vectors.slice(4).forEach((vector) => other.update(vector));
  one.merge(new FeatureMoments(5).state);
  one.merge(structuredClone(other.state));
  const { count, mean, covariance } = one.statistics();
  expect(count).toBe(9);
  assertClose(mean, whole.mean, 1e-15);
  assertClose(covariance, whole.covariance, 1e-14);
});

test("vectors of another length, and fewer than two, are refused", () => {
  const moments = new FeatureMoments(5);
  expect(() => moments.statistics()).toThrowErrorMatchingInlineSnapshot(
    `[RangeError: fvd: 0 videos have no covariance, needed 2 or more; call update]`,
  );
  expect(() => moments.update([1, 2])).toThrowErrorMatchingInlineSnapshot(
    `[RangeError: fvd: a vector has 2 features, needed 5]`,
  );
});
