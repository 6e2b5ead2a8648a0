import { commonFlags } from "../args/commonFlags.ts";
import { choice, number, output, text, toggle } from "../args/flag.ts";

/** The flags of `vidtok metrics`. */
export const metricsFlags = {
  metrics: text("LIST", "Of psnr, ssim, lpips, fvd, with commas", undefined, {
    shown: "those whose weights are there",
  }),
  resize: toggle("Scale FAKE to the size of REAL where they differ", false),
  trim: toggle("Compare as many frames as both have, at any rate", false),
  report: text("DIR", "Write a page with tables, plots and pictures there", undefined),
  csv: output(".csv", "Print the result as CSV, a line per video, or write it to a file"),
  backend: choice("What computes lpips and fvd", ["auto", "native", "gpujs"], "auto"),
  threads: number("Of the native backend", undefined, { least: 1, shown: "all cores" }),
  ...commonFlags,
  json: output(".json", "Print the result with every frame as JSON, or write it to a file"),
} as const;
