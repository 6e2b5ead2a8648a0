import { dirname } from "node:path";
import { evaluationVideos, VideoError } from "@vidtok/data";
import fc from "fast-check";
import type { Target } from "../target.ts";

const field = fc.oneof(
  fc.constantFrom("videos", "a.mp4", "", '"', '""', "../x", "=1+1", "é", "\0", "\r", "\n", ","),
  fc.string({ maxLength: 6 }),
  fc.string({ unit: "binary", maxLength: 4 }),
);
const table = fc.array(fc.array(field, { maxLength: 4 }), { maxLength: 6 });

/** Lists of videos. */
export const csv: Target = {
  name: "csv",
  ending: ".csv",
  seeds: () =>
    Promise.resolve(
      ["videos\na.mp4\n", '\ufeffvideos,x\r\n"a, ""b"".mp4",1\r\n', "videos\n\n"].map((text) =>
        Buffer.from(text),
      ),
    ),
  shape(draw) {
    const [rows] = fc.sample(table, { numRuns: 1, seed: draw.below(2 ** 31) });
    const end = draw.pick(["\n", "\r\n", "\r"]);
    const quote = (text: string): string =>
      draw.chance(0.5) ? `"${text.replaceAll('"', '""')}"` : text;
    const head = draw.chance(0.7) ? [["videos", "x"]] : [];
    const lines = [...head, ...rows!].map((row) => row.map(quote).join(","));
    return Buffer.from(
      lines.join(end),
      draw.chance(0.9) ? "utf8" : draw.pick(["latin1", "utf16le"] as const),
    );
  },
  run(path) {
    const { paths, problems } = evaluationVideos({ data_dir: dirname(path), meta_path: path });
    return Promise.resolve(`${Math.min(paths.length, 3)} videos, ${problems.length > 0}`);
  },
  isExpected: (error, path) => error instanceof VideoError && error.message.includes(path),
};
