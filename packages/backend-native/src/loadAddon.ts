import { UnavailableError } from "@vidtok/tensor";
import type { Addon } from "./addon.ts";
import { candidates, isCheckout, type Candidate } from "./candidates.ts";
import { ownFile } from "./ownFile.ts";
import { platform, PLATFORMS } from "./platform.ts";

/** A place that gave no addon, and why. */
export interface AddonAttempt {
  readonly from: string;
  readonly reason: string;
}

/** Where the addon in use came from, and what was tried before it. */
export interface AddonSearch {
  /** `VIDTOK_NATIVE_PATH`, `build`, the name of a package or `wasm`; undefined if none loads. */
  readonly from?: string;
  readonly path?: string;
  readonly attempts: readonly AddonAttempt[];
  /** How to get compiled kernels; undefined where they run. */
  readonly fix?: string;
}

let searched: { readonly addon?: Addon; readonly search: AddonSearch } | undefined;

/** Where this process has its addon from; loads it if nothing did before. */
export function nativeAddon(): AddonSearch {
  return (searched ??= search(candidates())).search;
}

/** The addon; throws `UnavailableError` with all that was tried where none loads. */
export function loadAddon(): Addon {
  const { attempts, fix } = nativeAddon();
  if (searched?.addon) return searched.addon;
  const tried = attempts.map(({ from, reason }) => `${from}: ${reason}`).join("; ");
  throw new UnavailableError(`backend native: no addon loads (${tried}); ${fix}`);
}

/** Takes the first candidate that loads. */
export function search(places: readonly Candidate[]): NonNullable<typeof searched> {
  const attempts: AddonAttempt[] = [];
  for (const { from, load } of places) {
    try {
      const { addon, path } = load();
      const found = { from, path, attempts };
      return { addon, search: from === "wasm" ? { ...found, fix: fix(attempts) } : found };
    } catch (error) {
      attempts.push({ from, reason: (error as Error).message });
    }
  }
  return { search: { attempts, fix: fix(attempts) } };
}

function fix(attempts: readonly AddonAttempt[]): string {
  if (attempts.some(({ from }) => from === "VIDTOK_NATIVE_PATH")) {
    return "set VIDTOK_NATIVE_PATH to the file of an addon, or unset it";
  }
  if (isCheckout()) return "with g++ installed, run `pnpm build`";
  // By its path, because pnpm and Yarn's PnP link no commands of packages that others depend on.
  const compile = `compile it with \`node "${ownFile("bin/vidtok-build-native.js")}"\``;
  if (!PLATFORMS.includes(platform())) {
    return `there is no package for ${platform()}; ${compile}`;
  }
  return (
    `delete node_modules and the lock file (one of another platform leaves ` +
    `@vidtok/native-${platform()} out) and install again with optional dependencies, or ${compile}`
  );
}
