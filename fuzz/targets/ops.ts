import { readFileSync } from "node:fs";
import { crc32 } from "node:zlib";
import { nativeBackend } from "@vidtok/backend-native";
import type { NativeBackend } from "@vidtok/backend-native";
import { hostileOutcome } from "@vidtok/tensor/testing";
import type { Target } from "../target.ts";

// Opened when it is needed, as the other targets run without it.
let backend: NativeBackend | undefined;

/**
 * Calls of public ops with hostile arguments on the native backend; an input's checksum is the
 * seed.
 */
export const ops: Target = {
  name: "ops",
  ending: ".seed",
  seeds: () => Promise.resolve([Buffer.from("1")]),
  shape: (draw) => Buffer.from(String(draw.below(2 ** 31))),
  async run(path) {
    backend ??= nativeBackend();
    const seed = crc32(readFileSync(path));
    const { text, result } = await hostileOutcome(backend, seed);
    if (typeof result !== "string") return "a result";
    if (!/^[A-Za-z]+: /.test(result)) throw new Error(`seed ${seed}: ${text}: ${result}`);
    return result;
  },
  isExpected: () => false,
};
