import { assertClose, hashValues } from "@vidtok/tensor/testing";
import { expect, test } from "vitest";
import { preprocess } from "../../src/fvd/preprocess.ts";
import { planes } from "../../src/video.ts";

// Found by a program of its own in NumPy: sum, and values at eighths of the clip.
const cases = [
  {
    shape: [2, 30, 47, 3],
    preprocessing: "videogpt",
    sum: 1849.801679076189,
    values: [
      0.71684263, -0.4863604, 0.22427099, 0.40053509, 0.07008547, 0.68972114, 0.0425471, 0.20588564,
      -0.92572482,
    ],
  },
  {
    shape: [2, 30, 47, 3],
    preprocessing: "styleganv",
    sum: 3028.6274443843877,
    values: [
      0.7205637, -0.48480366, 0.22982062, 0.40282363, 0.07293698, 0.69085563, 0.04327155,
      0.21269816, -0.91927577,
    ],
  },
  {
    shape: [1, 301, 250, 3],
    preprocessing: "videogpt",
    sum: -663.2312849491669,
    values: [
      -0.24843662, 0.70449249, -0.00641223, 0.72415752, -0.38541933, -0.43645133, -0.39563512,
      0.75815632, -0.12035552,
    ],
  },
  {
    shape: [1, 301, 250, 3],
    preprocessing: "styleganv",
    sum: -73.36277994855635,
    values: [
      -0.2433033, 0.70645686, -0.00426746, 0.7275421, -0.37936553, -0.43418371, -0.39235571,
      0.76283689, -0.11639006,
    ],
  },
] as const;

test.each(cases)("$preprocessing takes $shape to the middle 224 pixels", (expected) => {
  const { shape, preprocessing, sum, values } = expected;
  const count = shape.reduce<number>((product, n) => product * n, 1);
  const data = Float64Array.from(hashValues("pre", count), (v) => (v + 1) / 2);
  const clip = preprocess(planes("test", "clip", { data, shape }), preprocessing);
  expect(clip).toHaveLength(3 * shape[0] * 224 * 224);
  expect(clip.reduce((total, v) => total + v, 0)).toBeCloseTo(sum, 1);
  const picked = values.map((_, i) => clip[Math.floor(((clip.length - 1) * i) / 8)]!);
  assertClose(picked, values, 1e-6, "clip");
});

test("whole bytes pass both ways unchanged, whichever numbers stand for them", () => {
  const bytes = Uint8Array.from({ length: 224 * 224 * 3 }, (_, i) => i % 256);
  const shape = [1, 224, 224, 3];
  const expected = Float32Array.from(bytes, (_, i) => {
    const [c, pixel] = [Math.floor(i / (224 * 224)), i % (224 * 224)];
    return (2 * bytes[pixel * 3 + c]!) / 255 - 1;
  });
  const floats = Float32Array.from(bytes, (v) => v / 255);
  for (const data of [bytes, floats]) {
    const video = planes("test", "clip", { data, shape });
    assertClose(preprocess(video, "videogpt"), expected, 2e-7);
    assertClose(preprocess(video, "styleganv"), expected, 2e-7);
  }
});

test("gray becomes three equal channels, and transparency is left out", () => {
  const gray = new Uint8Array(224 * 224).map((_, i) => i % 256);
  const colours = Uint8Array.from({ length: 4 * gray.length }, (_, i) =>
    i % 4 === 3 ? 9 : gray[i >> 2]!,
  );
  const one = preprocess(
    planes("test", "gray", { data: gray, shape: [1, 224, 224, 1] }),
    "styleganv",
  );
  const four = preprocess(
    planes("test", "rgba", { data: colours, shape: [1, 224, 224, 4] }),
    "styleganv",
  );
  expect(one).toEqual(four);
});
