import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Addon } from "./addon.ts";
import { openAddon } from "./openAddon.ts";
import { ownFile, require } from "./ownFile.ts";
import { platform } from "./platform.ts";
import { openPackage } from "./platformPackage.ts";
import { loadWasm } from "./wasm/loadWasm.ts";

/** A place that an addon can come from. */
export interface Candidate {
  /** As messages name it: `VIDTOK_NATIVE_PATH`, `build`, the name of a package, `wasm`. */
  readonly from: string;
  /** Throws an error that says why this place gives none. */
  load(): { addon: Addon; path: string };
}

/** The places in the order they are tried in. */
export function candidates(): Candidate[] {
  const given = process.env["VIDTOK_NATIVE_PATH"];
  if (given) {
    const path = resolve(given);
    return [{ from: "VIDTOK_NATIVE_PATH", load: () => ({ addon: openAddon(path), path }) }];
  }
  const name = `@vidtok/native-${platform()}`;
  const { version } = require("../package.json") as { version: string };
  return [
    ...(isCheckout() || existsSync(OWN_BUILD) ? [{ from: "build", load: loadBuild }] : []),
    { from: name, load: () => openPackage(name, version, require) },
    { from: "wasm", load: loadWasm },
  ];
}

/** Whether this is the source repository, where `pnpm build` compiles the addon. */
export const isCheckout = (): boolean => existsSync(ownFile("tsup.config.ts"));

const OWN_BUILD = ownFile("build/Release/vidtok_native.node");

function loadBuild(): { addon: Addon; path: string } {
  const note = ownFile("build/unavailable.txt");
  if (!existsSync(OWN_BUILD) && existsSync(note)) {
    throw new Error(`it was not compiled, because ${readFileSync(note, "utf8").trim()}`);
  }
  return { addon: openAddon(OWN_BUILD), path: OWN_BUILD };
}
