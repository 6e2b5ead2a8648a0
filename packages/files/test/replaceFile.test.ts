import { execFileSync, spawnSync } from "node:child_process";
import {
  chmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { createFile } from "../src/createFile.ts";
import { duplicateFile } from "../src/duplicateFile.ts";
import { createPartialFile } from "../src/partialFile.ts";
import { replaceFile } from "../src/replaceFile.ts";
import { temporaryFolder } from "./temporaryFolder.ts";

const failed = (code: string): Error =>
  Object.assign(new Error(`${code}: failed, write`), { code, syscall: "write" });

test("a file appears whole, and nothing else does", async () => {
  const folder = temporaryFolder();
  const path = join(folder, "a");
  await replaceFile(path, async (append) => {
    await append(Buffer.from("one "));
    expect(readdirSync(folder)).not.toContain("a");
    await append(Buffer.from("two"));
  });
  expect(readFileSync(path, "utf8")).toBe("one two");
  await replaceFile(path, "three");
  expect(readFileSync(path, "utf8")).toBe("three");
  expect(readdirSync(folder)).toEqual(["a"]);
});

test("a file that is being read keeps its content for the reader", async () => {
  const path = join(temporaryFolder(), "a");
  writeFileSync(path, "old");
  const reader = await open(path);
  await replaceFile(path, "new");
  expect(await reader.readFile("utf8")).toBe("old");
  await reader.close();
});

test("content that cannot be produced leaves the old file and throws what went wrong", async () => {
  const folder = temporaryFolder();
  const path = join(folder, "a");
  writeFileSync(path, "old");
  const reason = failed("EIO");
  const attempt = replaceFile(path, async (append) => {
    await append(Buffer.from("half"));
    throw reason;
  });
  await expect(attempt).rejects.toBe(reason);
  expect(readFileSync(path, "utf8")).toBe("old");
  expect(readdirSync(folder)).toEqual(["a"]);
});

test("a failed write leaves the old file and says why", async () => {
  const folder = temporaryFolder();
  const path = join(folder, "a");
  writeFileSync(path, "old");
  const handle = await open(path);
  const write = vi.spyOn(Object.getPrototypeOf(handle) as typeof handle, "write");
  await handle.close();
  const messages: string[] = [];
  for (const code of ["ENOSPC", "EFBIG", "EIO", "EXYZ"]) {
    write.mockRejectedValueOnce(failed(code));
    await replaceFile(path, "new").catch((error: unknown) => messages.push(String(error)));
  }
  write.mockRestore();
  expect(messages.map((text) => text.replaceAll(folder, "DIR"))).toMatchInlineSnapshot(`
    [
      "FileError: DIR/a cannot be written (ENOSPC): the disk is full; what was there before is unchanged. Free some space and write it again",
      "FileError: DIR/a cannot be written (EFBIG): the file is larger than the file system or \`ulimit -f\` allows; what was there before is unchanged",
      "FileError: DIR/a cannot be written (EIO): the device reports an input/output error; what was there before is unchanged",
      "FileError: DIR/a cannot be written (EXYZ)",
    ]
  `);
  expect(readFileSync(path, "utf8")).toBe("old");
  expect(readdirSync(folder)).toEqual(["a"]);
});

test("the permissions of the file that is replaced stay", async () => {
  const path = join(temporaryFolder(), "a");
  writeFileSync(path, "old");
  for (const mode of [0o600, 0o664, 0o755]) {
    chmodSync(path, mode);
    await replaceFile(path, "new");
    expect(statSync(path).mode & 0o777).toBe(mode);
  }
});

const isRoot = process.geteuid?.() === 0;

test.runIf(isRoot)("root leaves a file to its owner", async () => {
  const path = join(temporaryFolder(), "a");
  writeFileSync(path, "old");
  const { chownSync } = await import("node:fs");
  chownSync(path, 1234, 2345);
  await replaceFile(path, "new");
  expect(statSync(path)).toMatchObject({ uid: 1234, gid: 2345 });
});

test("a link stays one, and the file behind it is replaced", async () => {
  const folder = realpathSync(temporaryFolder());
  mkdirSync(join(folder, "inner"));
  writeFileSync(join(folder, "inner", "a"), "old");
  symlinkSync("inner/a", join(folder, "link"));
  symlinkSync("inner/b", join(folder, "dangling"));
  await replaceFile(join(folder, "link"), "new");
  await replaceFile(join(folder, "dangling"), "new");
  expect(lstatSync(join(folder, "link")).isSymbolicLink()).toBe(true);
  expect(readdirSync(join(folder, "inner"))).toEqual(["a", "b"]);
  expect(readFileSync(join(folder, "inner", "a"), "utf8")).toBe("new");
  expect(readFileSync(join(folder, "inner", "b"), "utf8")).toBe("new");
});

test("other names of the replaced file keep the old content", async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "a"), "old");
  linkSync(join(folder, "a"), join(folder, "b"));
  await replaceFile(join(folder, "a"), "new");
  expect(readFileSync(join(folder, "b"), "utf8")).toBe("old");
});

test.each(["a".repeat(255), "é".repeat(127), "𝄞".repeat(63)])(
  "a name as long as file systems take can be written",
  async (name) => {
    const folder = temporaryFolder();
    await replaceFile(join(folder, name), "long");
    expect(readdirSync(folder)).toEqual([name]);
  },
);

test("a longer name is an error", async () => {
  const folder = temporaryFolder();
  await expect(replaceFile(join(folder, "a".repeat(256)), "")).rejects.toThrow(
    /cannot be written \(ENAMETOOLONG\): the name is too long for the file system/,
  );
  expect(readdirSync(folder)).toEqual([]);
});

test("what took the name while a file was written stays", async () => {
  const folder = temporaryFolder();
  const path = join(folder, "a");
  const file = createPartialFile(path);
  mkdirSync(path);
  await expect(file.commit()).rejects.toThrow(`${path} is a folder; name a file in it`);
  expect(readdirSync(folder)).toEqual(["a"]);
});

test("two writers of one file do not share what they write", () => {
  const path = join(temporaryFolder(), "a");
  const [one, two] = [createPartialFile(path), createPartialFile(path)];
  expect(one.path).not.toBe(two.path);
  one.discard();
  two.discard();
});

test("discarding a committed file does nothing", async () => {
  const path = join(temporaryFolder(), "a");
  const file = createPartialFile(path);
  await file.commit();
  file.discard();
  expect(readFileSync(path, "utf8")).toBe("");
});

test("a duplicate is a second name that a later replacement does not touch", async () => {
  const folder = temporaryFolder();
  const [last, named] = [join(folder, "last"), join(folder, "named")];
  writeFileSync(last, "one");
  writeFileSync(named, "before");
  await duplicateFile(last, named);
  expect(statSync(named).ino).toBe(statSync(last).ino);
  await replaceFile(last, "two");
  expect(readFileSync(named, "utf8")).toBe("one");
  expect(readdirSync(folder).sort()).toEqual(["last", "named"]);
});

test("a file is created whole, and only where there is none", () => {
  const folder = temporaryFolder();
  const path = join(folder, "lock");
  expect(createFile(path, "one")).toBe(true);
  expect(createFile(path, "two")).toBe(false);
  expect(readFileSync(path, "utf8")).toBe("one");
  expect(readdirSync(folder)).toEqual(["lock"]);
  expect(() => createFile(join(folder, "none", "lock"), "")).toThrow("does not exist");
});

test("a read-only file system is named", async ({ skip }) => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "a"), "old");
  try {
    // A second mount of the same folder.
    execFileSync("mount", ["--bind", folder, folder], { stdio: "pipe" });
    execFileSync("mount", ["-o", "remount,ro,bind", folder], { stdio: "pipe" });
  } catch (error) {
    spawnSync("umount", [folder]);
    skip(`mounting takes rights: ${String(error).split("\n")[0]}`);
  }
  const messages: string[] = [];
  for (const name of ["a", "b"]) {
    await replaceFile(join(folder, name), "").catch((error: Error) => messages.push(error.message));
  }
  execFileSync("umount", [folder]);
  expect(messages).toEqual(
    ["a", "b"].map(
      (name) => `${folder}/${name} cannot be written (EROFS): the file system is read-only`,
    ),
  );
});
