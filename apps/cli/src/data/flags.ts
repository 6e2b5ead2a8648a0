import { commonFlags } from "../args/commonFlags.ts";
import { text } from "../args/flag.ts";

/** The flags of `vidtok data`. */
export const dataFlags = {
  out: text("FILE", "The csv file", undefined, { shown: "DIR/videos.csv" }),
  ...commonFlags,
} as const;
