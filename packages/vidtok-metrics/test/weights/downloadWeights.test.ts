import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from "vitest";
import { loadI3d } from "../../src/fvd/loadI3d.ts";
import { downloadWeights, weightFiles } from "../../src/weights.ts";
import { fileServer, type FileServer } from "./fileServer.ts";

let folder: string;
let server: FileServer;

beforeAll(async () => {
  vi.stubEnv("NO_PROXY", "*");
  folder = await mkdtemp(join(tmpdir(), "weights-"));
  vi.stubEnv("VIDTOK_CACHE", folder);
  server = await fileServer(Buffer.from("weights"));
});

afterAll(async () => {
  vi.unstubAllEnvs();
  await server.close();
  await rm(folder, { recursive: true });
});

test("files go into the cache once, and again when that is forced", async () => {
  const checksum = { algorithm: "md5", digits: "63f4f1e9" } as const;
  const files = [
    { name: "a.pth", url: server.url },
    { name: "b.pth", url: server.url, checksum },
  ];
  const [a, b] = [join(folder, "a.pth"), join(folder, "b.pth")];
  expect(await downloadWeights(files)).toEqual([
    { name: "a.pth", path: a, isNew: true },
    { name: "b.pth", path: b, isNew: true },
  ]);
  expect((await downloadWeights(files)).map(({ isNew }) => isNew)).toEqual([false, false]);
  await writeFile(b, "other");
  await expect(downloadWeights(files)).rejects.toThrow(
    `download: ${b} is not the published file: its md5 is 795f3202 and not 63f4f1e9; delete it, or fetch it again with force`,
  );
  await downloadWeights(files, { force: true });
  expect(await readFile(b, "utf8")).toBe("weights");
});

test("a file without a published checksum is held to that of its first use", async () => {
  const dir = await mkdtemp(join(tmpdir(), "first-use-"));
  onTestFinished(() => rm(dir, { recursive: true }));
  const files = [{ name: "c.pth", url: server.url }];
  const path = join(dir, "c.pth");
  await writeFile(path, "put there by hand");
  await downloadWeights(files, { folder: dir });
  const stored = createHash("sha256").update("put there by hand").digest("hex");
  expect(await readFile(`${path}.sha256`, "utf8")).toBe(`${stored}  c.pth\n`);
  await downloadWeights(files, { folder: dir });
  await writeFile(path, "other");
  const found = createHash("sha256").update("other").digest("hex");
  await expect(downloadWeights(files, { folder: dir })).rejects.toThrow(
    `download: ${path} is not the file of its first use: its sha256 is ${found} and not ${stored}, ` +
      `as ${path}.sha256 has it; fetch it again, or delete that file if the new one is right`,
  );
  await downloadWeights(files, { folder: dir, force: true });
  await downloadWeights(files, { folder: dir });
  expect(await readFile(path, "utf8")).toBe("weights");
});

test("weights in the cache are held to their first use when they are loaded", async () => {
  const path = join(folder, "i3d_pretrained_400.pt");
  await writeFile(path, "first");
  await expect(loadI3d()).rejects.toThrow("are no checkpoint");
  expect(await readFile(`${path}.sha256`, "utf8")).toContain("  i3d_pretrained_400.pt\n");
  await writeFile(path, "other");
  await expect(loadI3d()).rejects.toThrow(`weights: ${path} is not the file of its first use`);
  await expect(loadI3d(path)).rejects.toThrow(`weights: ${path} is not the file of its first use`);
});

test("nothing is stored in a folder of the user's own", async () => {
  const dir = await mkdtemp(join(tmpdir(), "own-"));
  onTestFinished(() => rm(dir, { recursive: true }));
  const path = join(dir, "i3d_torchscript.pt");
  await writeFile(path, "first");
  await expect(loadI3d(path)).rejects.toThrow("are no checkpoint");
  expect(await readdir(dir)).toEqual(["i3d_torchscript.pt"]);
});

test("what is known of the files is well formed", () => {
  const files = Object.values(weightFiles).flat();
  for (const { name, url, checksum } of files) {
    expect(name).toMatch(/^[\w-]+\.pth?$/);
    expect(new URL(url).protocol).toBe("https:");
    if (checksum) expect(checksum.digits).toMatch(/^([0-9a-f]{8}|[0-9a-f]{32}|[0-9a-f]{64})$/);
    const digits = /-([0-9a-f]{8})\.pth$/.exec(name)?.[1];
    if (digits) expect(checksum?.digits.startsWith(digits)).toBe(true);
  }
  expect(new Set(files.map(({ name }) => name)).size).toBe(files.length);
});
