import { expect, test } from "vitest";
import { crc32c } from "../../src/loggers/crc32c.ts";

const bytes = (value: (i: number) => number): Uint8Array =>
  Uint8Array.from({ length: 32 }, (_, i) => value(i));

test.each([
  ["nothing", new Uint8Array(0), 0],
  ["the digits 1 to 9", Buffer.from("123456789"), 0xe3069283],
  ["32 zeros", bytes(() => 0), 0x8a9136aa],
  ["32 ones", bytes(() => 255), 0x62a8ab43],
  ["0 to 31", bytes((i) => i), 0x46dd794e],
  ["31 to 0", bytes((i) => 31 - i), 0x113fdb5c],
])("the CRC-32C of %s is that of RFC 3720", (_, data, crc) => {
  expect(crc32c(data)).toBe(crc);
});
