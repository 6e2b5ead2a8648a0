import { expect, test } from "vitest";
import { csvLine, parseCsv } from "../src/csv.ts";

test("fields may be quoted and hold commas, quotes and line ends", () => {
  const text = 'videos,caption\r\n"a,b.mp4","says ""hi"""\r\n"c\n.mp4",x\n\nd.mp4,"y"';
  expect(parseCsv(text, "meta.csv")).toEqual({
    header: ["videos", "caption"],
    rows: [
      ["a,b.mp4", 'says "hi"'],
      ["c\n.mp4", "x"],
      ["d.mp4", "y"],
    ],
    problems: [],
  });
});

test("lines that do not fit the header are left out and reported", () => {
  const text = 'videos,caption\na.mp4,x,y\n"b\nb.mp4",\nc.mp4\nd.mp4,x\ne.mp4,"open\nf.mp4,x\n';
  const { rows, problems } = parseCsv(text, "meta.csv");
  expect(rows).toEqual([["d.mp4", "x"]]);
  expect(problems).toEqual([
    "meta.csv: line 2 has 3 fields but the header has 2; skipped",
    "meta.csv: line 3 has an empty field; skipped",
    "meta.csv: line 5 has an empty field; skipped",
    "meta.csv: line 7 opens a quote that is never closed; skipped",
  ]);
});

test("an empty file has neither header nor rows", () => {
  expect(parseCsv("", "meta.csv")).toEqual({ header: [], rows: [], problems: [] });
});

test("a written line is read as it was", () => {
  const fields = ["a,b.mp4", 'says "hi"', "c\r\nd", " plain "];
  const line = csvLine(fields);
  expect(line).toBe('"a,b.mp4","says ""hi""","c\r\nd", plain \n');
  expect(parseCsv(csvLine(["1", "2", "3", "4"]) + line, "meta.csv").rows).toEqual([fields]);
});
