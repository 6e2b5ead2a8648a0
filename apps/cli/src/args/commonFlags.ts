import { toggle } from "./flag.ts";

/** The flags that every command has. */
export const commonFlags = {
  json: toggle("Print the result as JSON", false),
  debug: toggle("On an error print its stack and what ffmpeg wrote", false),
  help: toggle("Print this", false, { short: "h" }),
} as const;
