import fs, { readFileSync, writeFileSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { AppendedFile } from "../../src/loggers/appendedFile.ts";
import { TrainError } from "../../src/trainError.ts";
import { temporaryFolder } from "./temporaryFolder.ts";

/** From now on only `room` bytes fit on the disk, until the returned function is called. */
function fillDisk(room: number): () => void {
  const write = fs.writeSync as (
    fd: number,
    data: Uint8Array,
    at: number,
    length: number,
  ) => number;
  let left = room;
  const spy = vi.spyOn(fs, "writeSync").mockImplementation(((
    fd: number,
    data: Uint8Array,
    at: number,
  ) => {
    if (left === 0) throw Object.assign(new Error("no space left"), { code: "ENOSPC" });
    const written = write(fd, data, at, Math.min(left, data.length - at));
    left -= written;
    return written;
  }) as typeof fs.writeSync);
  syncBuiltinESMExports();
  const restore = (): void => {
    spy.mockRestore();
    syncBuiltinESMExports();
  };
  onTestFinished(restore);
  return restore;
}

test("a file goes on after a size, and grows by whole records", () => {
  const path = join(temporaryFolder(), "made", "log");
  const file = new AppendedFile(path, 0);
  file.append(Buffer.from("one\n"));
  file.append(Buffer.from("two\n"));
  file.close();
  const again = new AppendedFile(path, 4);
  again.append(Buffer.from("three\n"));
  again.close();
  again.close();
  expect(readFileSync(path, "utf8")).toBe("one\nthree\n");
});

test("a full disk is an error that leaves no half record, and writing can go on after it", () => {
  const path = join(temporaryFolder(), "log");
  writeFileSync(path, "zero\n");
  const file = new AppendedFile(path, 5);
  const makeRoom = fillDisk(6);
  file.append(Buffer.from("one\n"));
  const append = (): void => file.append(Buffer.from("two\n"));
  expect(append).toThrow(`log: ${path} cannot be written (no space left); free space`);
  expect(readFileSync(path, "utf8")).toBe("zero\none\n");
  const error = vi.fn(append);
  expect(error).toThrow(TrainError);
  expect((error.mock.results[0]!.value as Error).cause).toMatchObject({ code: "ENOSPC" });
  makeRoom();
  file.append(Buffer.from("three\n"));
  file.close();
  expect(readFileSync(path, "utf8")).toBe("zero\none\nthree\n");
});

test("a closed file is an error", () => {
  const path = join(temporaryFolder(), "log");
  const file = new AppendedFile(path, 0);
  file.close();
  expect(() => file.append(Buffer.from("one\n"))).toThrow(`log: ${path} cannot be written`);
});
