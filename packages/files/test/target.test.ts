import { execFileSync } from "node:child_process";
import {
  chmodSync,
  closeSync,
  mkdirSync,
  openSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { inspectTarget } from "../src/target.ts";
import { temporaryFolder } from "./temporaryFolder.ts";

test("a free name and a regular file may be written", () => {
  const folder = realpathSync(temporaryFolder());
  expect(inspectTarget(join(folder, "a"))).toEqual({
    path: join(folder, "a"),
    existing: undefined,
  });
  writeFileSync(join(folder, "a"), "one");
  expect(inspectTarget(join(folder, "a")).existing?.size).toBe(3);
});

test.skipIf(process.platform === "win32")(
  "devices, FIFOs, sockets and folders may not",
  async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, "folder"));
    execFileSync("mkfifo", [join(folder, "fifo")]);
    symlinkSync("/dev/null", join(folder, "null"));
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(join(folder, "socket"), resolve));
    onTestFinished(() => void server.close());
    const messages = ["/dev/null", "folder", "folder/", "fifo", "null", "socket", "no/a", "null/a"]
      .map((name) => (name.startsWith("/") ? name : `${folder}/${name}`))
      .map((path) => {
        try {
          return String(inspectTarget(path).path);
        } catch (error) {
          return String(error).replaceAll(folder, "DIR");
        }
      });
    expect(messages).toMatchInlineSnapshot(`
      [
        "FileError: /dev/null is a character device; give a regular file",
        "FileError: DIR/folder is a folder; name a file in it",
        "FileError: DIR/folder/ names no file; give the name of one",
        "FileError: DIR/fifo is a FIFO; give a regular file",
        "FileError: DIR/null is a character device; give a regular file",
        "FileError: DIR/socket is a socket; give a regular file",
        "FileError: DIR/no/a is in DIR/no, which does not exist; create it first",
        "FileError: DIR/null/a is in DIR/null, which is no folder",
      ]
    `);
    expect(() => inspectTarget("")).toThrow('"" names no file; give the name of one');
  },
);

test("a link names the file behind it, also where there is none yet", () => {
  const folder = realpathSync(temporaryFolder());
  mkdirSync(join(folder, "inner"));
  mkdirSync(join(folder, "inner", "deep"));
  symlinkSync(join(folder, "inner", "deep"), join(folder, "folder"));
  // Relative to where the folder really is, not to the link's name.
  symlinkSync("../target", join(folder, "inner", "deep", "link"));
  const link = join(folder, "folder", "link");
  expect(inspectTarget(link)).toEqual({
    path: join(folder, "inner", "target"),
    existing: undefined,
  });
  writeFileSync(link, "there");
  expect(inspectTarget(link).existing?.isFile()).toBe(true);
});

const isLinux = process.platform === "linux";

test.skipIf(!isLinux)(
  `a file that is open already is not replaced by its descriptor${isLinux ? "" : " (skipped: Linux only)"}`,
  () => {
    const file = openSync(join(temporaryFolder(), "a"), "w");
    onTestFinished(() => closeSync(file));
    for (const path of [
      `/dev/fd/${file}`,
      `/proc/self/fd/${file}`,
      `/proc/${process.pid}/fd/${file}`,
    ]) {
      expect(() => inspectTarget(path)).toThrow(
        `${path} is an open file; give the name of another`,
      );
    }
  },
);

test("links in a circle are an error", () => {
  const folder = temporaryFolder();
  symlinkSync("b", join(folder, "a"));
  symlinkSync("a", join(folder, "b"));
  expect(() => inspectTarget(join(folder, "a"))).toThrow(
    `${join(folder, "a")} cannot be written (ELOOP): its symbolic links form a loop`,
  );
});

const isRoot = process.geteuid?.() === 0;

test.skipIf(isRoot)(
  `a write-protected file stays${isRoot ? " (skipped: root may write every file)" : ""}`,
  () => {
    const path = join(temporaryFolder(), "a");
    writeFileSync(path, "mine");
    chmodSync(path, 0o444);
    expect(() => inspectTarget(path)).toThrow(`${path} is write-protected`);
  },
);
