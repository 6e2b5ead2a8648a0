import { homedir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { cacheFolder } from "../../src/weights.ts";

test("the cache is VIDTOK_CACHE, else vidtok in the user's cache", () => {
  expect(cacheFolder({ VIDTOK_CACHE: "weights", XDG_CACHE_HOME: "/caches" })).toBe("weights");
  expect(cacheFolder({ VIDTOK_CACHE: "", XDG_CACHE_HOME: "/caches" })).toBe(
    join("/caches", "vidtok"),
  );
});

test("an unset or relative XDG_CACHE_HOME means ~/.cache", () => {
  const home = join(homedir(), ".cache", "vidtok");
  expect(cacheFolder({})).toBe(home);
  expect(cacheFolder({ XDG_CACHE_HOME: "" })).toBe(home);
  expect(cacheFolder({ XDG_CACHE_HOME: "caches" })).toBe(home);
});
