import { open } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { FileBytes } from "../../src/checkpoint/fileBytes.ts";
import { Budget } from "../../src/checkpoint/budget.ts";
import { ZipArchive } from "../../src/checkpoint/zip.ts";
import { checksum, localHeader, zipEnd, type ZipRecord } from "../../src/checkpoint/zipRecords.ts";
import { temporaryFolder } from "../files.ts";

/** Writes headers and end records, with holes where the entries' bytes would be, and lists what is in the file. */
async function listed(records: readonly ZipRecord[], start: number) {
  const path = join(temporaryFolder(), "case.zip");
  const handle = await open(path, "w");
  for (const record of records) await handle.write(localHeader(record), 0, undefined, record.at);
  await handle.write(zipEnd(records, start), 0, undefined, start);
  await handle.close();
  const file = await FileBytes.open(path);
  try {
    const zip = new ZipArchive(file, new Budget(file));
    return [...zip.names].map((name) => {
      const { start, length } = zip.block(name)!;
      return [name, { start, length }] as const;
    });
  } finally {
    await file.close();
  }
}

test("the checksum is that of the zip format", () => {
  expect(checksum(Buffer.from("123456789"))).toBe(0xcbf43926);
  expect(checksum(new Uint8Array(0))).toBe(0);
});

test("an entry of more than 4 GB and one behind it are found again, both at multiples of 64", async () => {
  const length = 5 * 2 ** 30 + 1;
  const first = { name: "archive/data/0", length, crc: 1, at: 0 };
  const second = { name: "archive/data/1", length: 3, crc: 2, at: 128 + length };
  const end = second.at + localHeader(second).length + second.length;
  const found = await listed([first, second], end);
  expect(found).toEqual([
    [first.name, { start: 128, length }],
    [second.name, { start: end - 3, length: 3 }],
  ]);
  expect((end - 3) % 64).toBe(0);
});

test("more entries than a plain zip file counts are all found", async () => {
  const records = Array.from({ length: 65_536 }, (_, i) => ({
    ...{ name: `archive/data/${String(i).padStart(5, "0")}`, length: 0, crc: 0, at: 128 * i },
  }));
  const found = await listed(records, 128 * 65_536);
  expect(found).toHaveLength(65_536);
  expect(found.at(-1)).toEqual([records.at(-1)!.name, { start: 128 * 65_535 + 64, length: 0 }]);
});
