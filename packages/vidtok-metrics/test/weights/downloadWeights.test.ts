import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
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
