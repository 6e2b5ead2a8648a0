// The committed WebAssembly file, which most machines cannot build.
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { wasmPath } from "../src/wasm/loadWasm.ts";

const root = join(import.meta.dirname, "..");
const hashes = JSON.parse(readFileSync(join(root, "wasm/sources.json"), "utf8")) as Record<
  string,
  string
>;

test("it was built from the sources that are here", () => {
  const changed = Object.entries(hashes)
    .filter(([name, hash]) => {
      const path = join(root, name);
      if (!existsSync(path)) return true;
      return createHash("sha256").update(readFileSync(path)).digest("hex") !== hash;
    })
    .map(([name]) => name);
  expect(
    changed,
    "wasm/vidtok.wasm is older than these; run `npm run wasm:build` on Debian 12 and commit it",
  ).toEqual([]);
  expect(Object.keys(hashes)).toContain("native/session.cc");
});

test("it needs nothing of its host but memory and a way to wait", () => {
  interface Api {
    readonly Module: (new (bytes: Uint8Array) => object) & {
      imports(module: object): readonly { readonly module: string; readonly name: string }[];
    };
  }
  const { Module } = (globalThis as unknown as { WebAssembly: Api }).WebAssembly;
  const imports = Module.imports(new Module(readFileSync(wasmPath)));
  expect(imports.map(({ module, name }) => `${module}.${name}`)).toEqual([
    "env.memory",
    "env.vidtok_yield",
  ]);
});
