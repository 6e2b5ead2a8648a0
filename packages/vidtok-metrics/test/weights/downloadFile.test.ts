import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { downloadFile, type WeightFile } from "../../src/weights.ts";
import { fileServer, proxy, type FileServer, type Habits } from "./fileServer.ts";

const content = Buffer.from(Uint32Array.from({ length: 100_000 }, (_, i) => i * 2654435761).buffer);
const etag = '"one"';
let folder: string;
let server: FileServer;

beforeEach(async () => {
  for (const name of ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY"]) {
    vi.stubEnv(name, undefined);
  }
  folder = await mkdtemp(join(tmpdir(), "download-"));
  server = await fileServer(content, { etag });
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await server.close();
  await rm(folder, { recursive: true });
});

function weights(digits = sha256(content)): WeightFile {
  return { name: "net.pth", url: server.url, checksum: { algorithm: "sha256", digits } };
}

async function holds(path: string, bytes: Buffer): Promise<boolean> {
  return bytes.equals(await readFile(path));
}

function sha256(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** What the error says, its paths and ports replaced. */
async function failure(file: WeightFile, habits: Habits = server.habits): Promise<string> {
  server.habits = habits;
  const error: unknown = await downloadFile(file, folder).then(
    () => expect.unreachable(),
    (reason: unknown) => reason,
  );
  expect(error).toHaveProperty("name", "WeightsError");
  return (error as Error).message.replaceAll(folder, "FOLDER").replace(/127.0.0.1:\d+/g, "HOST");
}

test("a file comes whole, with its checksum, and tells how far it is", async () => {
  const seen: (readonly [number, number | undefined])[] = [];
  const path = await downloadFile(weights(sha256(content).slice(0, 8)), join(folder, "new"), {
    onProgress: (file, received, total) => {
      expect(file.name).toBe("net.pth");
      seen.push([received, total]);
    },
  });
  expect(path).toBe(join(folder, "new", "net.pth"));
  expect(await holds(path, content)).toBe(true);
  expect(await readdir(join(folder, "new"))).toEqual(["net.pth"]);
  expect(seen.at(-1)).toEqual([content.length, content.length]);
});

test("a transfer that breaks off goes on where it stopped", async () => {
  server.habits = { etag, breaksOff: [150_000, 300_000] };
  expect(await holds(await downloadFile(weights(), folder), content)).toBe(true);
  expect(server.asked[0]).toEqual([undefined, undefined]);
  expect(server.asked.slice(1)).toEqual([
    [expect.stringMatching(/^bytes=\d+-$/), etag],
    [expect.stringMatching(/^bytes=\d+-$/), etag],
  ]);
});

test("an interrupted download keeps its part, and the next call goes on from it", async () => {
  const interrupt = new AbortController();
  const onProgress = (): void => interrupt.abort();
  server.habits = { lastModified: "Sun, 22 Nov 2026 10:00:00 GMT", breaksOff: [200_000] };
  const { signal } = interrupt;
  await expect(downloadFile(weights(), folder, { signal, onProgress })).rejects.toThrow("aborted");
  expect((await readdir(folder)).sort()).toEqual(["net.pth.part", "net.pth.part.of"]);
  const { length } = await readFile(join(folder, "net.pth.part"));
  expect(length).toBeGreaterThan(0);
  const steps: number[] = [];
  await downloadFile(weights(), folder, { onProgress: (_, received) => steps.push(received) });
  expect(steps[0]).toBeGreaterThan(length);
  expect(server.asked.at(-1)).toEqual([`bytes=${length}-`, "Sun, 22 Nov 2026 10:00:00 GMT"]);
  expect(await readdir(folder)).toEqual(["net.pth"]);
  expect(await holds(join(folder, "net.pth"), content)).toBe(true);
});

test.each([
  ["has no Range", { etag, hasRange: false }],
  ["names no version", {}],
  ["names a weak version", { etag: 'W/"one"' }],
])("from a server that %s the file comes again from its start", async (_, habits: Habits) => {
  server.habits = { ...habits, breaksOff: [150_000] };
  await downloadFile(weights(), folder);
  expect(await holds(join(folder, "net.pth"), content)).toBe(true);
  const ranges = server.asked.map(([range]) => range !== undefined);
  expect(ranges).toEqual([false, habits.hasRange === false]);
});

test("the part of another version or of another address is not gone on from", async () => {
  server.habits = { etag, breaksOff: [150_000] };
  const interrupt = new AbortController();
  const begun = { signal: interrupt.signal, onProgress: () => interrupt.abort() };
  await expect(downloadFile(weights(), folder, begun)).rejects.toThrow();
  server.content = content.subarray(4);
  server.habits = { etag: '"two"' };
  await downloadFile(weights(sha256(server.content)), folder);
  expect(await holds(join(folder, "net.pth"), server.content)).toBe(true);
  await writeFile(join(folder, "net.pth.part"), "other bytes");
  await writeFile(join(folder, "net.pth.part.of"), 'http://elsewhere/net.pth\n"two"');
  await downloadFile(weights(sha256(server.content)), folder);
  expect(server.asked.at(-1)).toEqual([undefined, undefined]);
});

test("a part that is complete already is only checked, and one that is too long comes again", async () => {
  const of = `${server.url}\n${etag}`;
  await writeFile(join(folder, "net.pth.part"), content);
  await writeFile(join(folder, "net.pth.part.of"), of);
  await downloadFile(weights(), folder);
  expect(server.asked).toEqual([[`bytes=${content.length}-`, etag]]);
  await writeFile(join(folder, "net.pth.part"), Buffer.concat([content, content]));
  await writeFile(join(folder, "net.pth.part.of"), of);
  await downloadFile(weights(), folder);
  expect(server.asked.at(-1)).toEqual([undefined, undefined]);
  expect(await holds(join(folder, "net.pth"), content)).toBe(true);
});

test("bytes with another checksum are thrown away, with what to do by hand", async () => {
  expect(await failure(weights("0123abcd"))).toMatchInlineSnapshot(
    `"download: net.pth: sha256 is 6899be7b and not 0123abcd for the 400000 bytes from http://HOST/folder/file; find the file elsewhere and save it as FOLDER/net.pth"`,
  );
  expect(await readdir(folder)).toEqual([]);
  const checksum = { algorithm: "md5", digits: "d507d7349b931f0638a25a48a722f98a" } as const;
  expect(await failure({ ...weights(), checksum })).toMatch(/md5 is [0-9a-f]{32} and not d507/);
});

test("an answer that is no file is an error that says so", async () => {
  const refuse = (status: number) => ({
    answer: (_: unknown, response: { writeHead(n: number): { end(): void } }) =>
      response.writeHead(status).end(),
  });
  expect(await failure(weights(), refuse(404))).toMatchInlineSnapshot(
    `"download: net.pth: http://HOST/folder/file answers 404 Not Found; find the file elsewhere and save it as FOLDER/net.pth"`,
  );
  expect(await failure(weights(), refuse(416))).toContain("answers 416");
  const page: Habits = {
    answer: (_, response) =>
      response.setHeader("content-type", "text/html; charset=utf-8").end("<"),
  };
  expect(await failure(weights(), page)).toMatchInlineSnapshot(
    `"download: net.pth: http://HOST/folder/file is a web page and not the file; open it in a browser and save the file as FOLDER/net.pth"`,
  );
  expect(await readdir(folder)).toEqual([]);
});

test("an answer with another status than a file's is an error with the status", async () => {
  const status = (code: number, headers = {}): Habits => ({
    answer: (_, response) => response.writeHead(code, headers).end(code === 204 ? "" : content),
  });
  expect(await failure(weights(), status(204))).toMatchInlineSnapshot(
    `"download: net.pth: http://HOST/folder/file answers 204 No Content; find the file elsewhere and save it as FOLDER/net.pth"`,
  );
  const range = { "content-range": `bytes 0-${content.length - 1}/${content.length}` };
  expect(await failure(weights(), status(206, range))).toMatchInlineSnapshot(
    `"download: net.pth: http://HOST/folder/file answers 206 Partial Content, a part that was not asked for; find the file elsewhere and save it as FOLDER/net.pth"`,
  );
  expect(await failure(weights(), status(203))).toContain("answers 203 Non-Authoritative");
  expect(await readdir(folder)).toEqual([]);
});

test("an answer of the wrong length is an error with both lengths", async () => {
  const bytes = content.length + 1;
  expect(await failure({ ...weights(), bytes })).toMatchInlineSnapshot(
    `"download: net.pth: http://HOST/folder/file has 400000 bytes, and the published file 400001; find the file elsewhere and save it as FOLDER/net.pth"`,
  );
  expect(await readdir(folder)).toEqual([]);
  const chunked: Habits = {
    answer: (_, response) => void response.write(content, () => response.end()),
  };
  expect(await failure({ ...weights(), bytes }, chunked)).toContain("gave 400000 of 400001 bytes");
  const empty: Habits = { answer: (_, response) => response.writeHead(200).end() };
  expect(await failure(weights(), empty)).toMatch(/answers with no bytes|gave 0 of its bytes/);
});

test("a web page that claims to be a file is an error and does not stay", async () => {
  const page: Habits = {
    answer: (_, response) =>
      response
        .setHeader("content-type", "application/octet-stream")
        .end("\n<!DOCTYPE html><html>Sign in</html>"),
  };
  const { name, url } = weights();
  expect(await failure({ name, url }, page)).toMatchInlineSnapshot(
    `"download: net.pth: it is a web page and not the file: the 36 bytes from http://HOST/folder/file; find the file elsewhere and save it as FOLDER/net.pth"`,
  );
  expect(await readdir(folder)).toEqual([]);
});

test("a part that comes without its place, or from another place, is asked for as a whole", async () => {
  for (const place of [{}, { "content-range": `bytes 0-9/${content.length}` }]) {
    await writeFile(join(folder, "net.pth.part"), content.subarray(0, 1000));
    await writeFile(join(folder, "net.pth.part.of"), `${server.url}\n${etag}`);
    server.habits = {
      answer: ({ headers }, response) =>
        headers.range
          ? response.writeHead(206, place).end(content.subarray(0, 10))
          : response.writeHead(200).end(content),
    };
    expect(await holds(await downloadFile(weights(), folder), content)).toBe(true);
  }
});

test("a file without a published checksum has to be the same at each download", async () => {
  const { name, url } = weights();
  const path = await downloadFile({ name, url }, folder);
  const stored = await readFile(`${path}.sha256`, "utf8");
  expect(stored).toBe(`${sha256(content)}  net.pth\n`);
  await rm(path);
  server.content = content.subarray(8);
  expect(await failure({ name, url })).toBe(
    `download: net.pth: sha256 is ${sha256(server.content)} and not ${sha256(content)}, as at its ` +
      "first use, for the 399992 bytes from http://HOST/folder/file; find the file elsewhere and save it as FOLDER/net.pth",
  );
  expect(await readdir(folder)).toEqual(["net.pth.sha256"]);
});

test("a connection that breaks off without a byte more ends the download", async () => {
  const message = await failure(weights(), { etag, breaksOff: [150_000, 0, 0, 0, 0] });
  expect(message.replace(/\d+ bytes/, "N bytes")).toMatchInlineSnapshot(
    `"download: net.pth from HOST failed: other side closed; N bytes are kept, and the next try goes on from them; by hand: save http://HOST/folder/file as FOLDER/net.pth"`,
  );
  expect((await readdir(folder)).sort()).toEqual(["net.pth.part", "net.pth.part.of"]);
});

test("no network is an error that says how to do without", async () => {
  const file = weights();
  await server.close();
  expect((await failure(file)).replace(/:\d+/g, "")).toMatchInlineSnapshot(
    `"download: net.pth from HOST failed: connect ECONNREFUSED HOST; by hand: save http://HOST/folder/file as FOLDER/net.pth"`,
  );
  server = await fileServer(content);
});

test("a file that does not fit is refused before it comes", async () => {
  const vast: Habits = {
    answer: (_, response) => response.writeHead(200, { "content-length": 2 ** 60 }).write("start"),
  };
  const message = await failure(weights(), vast);
  expect(message.replace(/and \d+ are/, "and N are")).toMatchInlineSnapshot(
    `"download: net.pth does not fit in FOLDER: 1152921504606847000 bytes are to come and N are free; make room, or name another folder by VIDTOK_CACHE"`,
  );
});

const isFull = existsSync("/dev/full");

test.skipIf(!isFull)(
  `a disk that fills up is an error${isFull ? "" : " (skipped: there is no /dev/full)"}`,
  async () => {
    await symlink("/dev/full", join(folder, "net.pth.part"));
    expect(await failure(weights())).toMatchInlineSnapshot(
      `"download: net.pth does not fit in FOLDER: the disk is full; make room, or name another folder by VIDTOK_CACHE"`,
    );
  },
);

test("a folder that cannot be written is an error", async () => {
  await writeFile(join(folder, "file"), "");
  await expect(downloadFile(weights(), join(folder, "file", "inside"))).rejects.toThrow(
    /^download: net.pth cannot be written in .*inside: ENOTDIR/,
  );
});

test("a proxy is used, unless NO_PROXY names the host", async () => {
  const through = await proxy();
  vi.stubEnv("HTTP_PROXY", through.url);
  await downloadFile(weights(), folder);
  expect(through.targets).toEqual([new URL(server.url).host]);
  vi.stubEnv("NO_PROXY", "example.org,127.0.0.1");
  await downloadFile(weights(), folder);
  expect(through.targets).toHaveLength(1);
  await through.close();
});

test("a proxy that refuses, and one that is none, are errors", async () => {
  const against = await proxy(407);
  vi.stubEnv("HTTP_PROXY", against.url);
  expect(await failure(weights())).toMatchInlineSnapshot(
    `"download: net.pth from HOST failed: Proxy response (407) !== 200 when HTTP Tunneling; by hand: save http://HOST/folder/file as FOLDER/net.pth"`,
  );
  await against.close();
  vi.stubEnv("HTTP_PROXY", "proxy.example:3128");
  expect(await failure(weights())).toMatchInlineSnapshot(
    `"download: HTTP_PROXY or HTTPS_PROXY is no URL such as http://proxy.example:3128"`,
  );
});
