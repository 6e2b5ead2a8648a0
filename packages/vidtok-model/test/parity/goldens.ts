import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { fileURLToPath } from "node:url";

const fixtures = new URL("../fixtures/", import.meta.url);

/** A vector of blocks.json: some elements of a tensor, at index floor(i · (n − 1) / (k − 1)). */
export interface Sampled {
  readonly shape: readonly number[];
  readonly n: number;
  readonly sum: number;
  readonly sumsq: number;
  readonly samples: readonly number[];
}

/** A config of the repository by its name, without or with folder. */
export function configFile(name: string): string {
  const folder = name.endsWith("_v1_1") && !name.includes("/") ? "vidtok_v1_1/" : "";
  return fileURLToPath(new URL(`../../../../configs/${folder}${name}.yaml`, import.meta.url));
}

/** The path of a fixture. */
export function fixture(name: string): string {
  return fileURLToPath(new URL(name, fixtures));
}

/** blocks.json. */
export function readBlocks(): Readonly<Record<string, unknown>> {
  return JSON.parse(readFileSync(fixture("blocks.json"), "utf8")) as Record<string, unknown>;
}

/** For each config, the names and shapes of its weights in order. */
export function readStateDicts(): Readonly<
  Record<string, readonly (readonly [string, readonly number[]])[]>
> {
  const text = gunzipSync(readFileSync(fixture("statedict.json.gz"))).toString("utf8");
  return JSON.parse(text) as Record<string, [string, number[]][]>;
}
