import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { fetchFiles } from "../../src/download/fetchFiles.ts";
import { main } from "../../src/main.ts";
import { fakeIo } from "../fakeIo.ts";
import { temporaryFolder } from "../videos.ts";

async function download(...args: string[]) {
  const io = fakeIo();
  const code = await main(["download", ...args], io);
  return { code, out: io.out(), err: io.err() };
}

/** A local server's address; each request is answered by `answer`. */
async function served(answer: (response: ServerResponse) => void): Promise<string> {
  vi.stubEnv("NO_PROXY", "*");
  const server: Server = createServer((_, response) => answer(response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    vi.unstubAllEnvs();
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/file`;
}

test("files that are there are named, not fetched", async () => {
  const folder = temporaryFolder();
  const path = join(folder, "i3d_pretrained_400.pt");
  writeFileSync(path, "weights");
  expect(await download("i3d", "--cache", folder)).toEqual({
    code: 0,
    out: `i3d_pretrained_400.pt  ${path} (was there)\n`,
    err: "",
  });
  const { out } = await download("i3d", "i3d", "--cache", folder, "--json");
  expect(JSON.parse(out)).toEqual({
    folder,
    files: [{ name: "i3d_pretrained_400.pt", path, isNew: false }],
  });
});

test("the cache is VIDTOK_CACHE unless named, and a wrong file in it is an error", async () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, "cache"));
  const path = join(folder, "cache", "vgg16-397923af.pth");
  writeFileSync(path, "other weights");
  const io = fakeIo({ env: { VIDTOK_CACHE: join(folder, "cache") } });
  expect(await main(["download", "lpips"], io)).toBe(1);
  expect(io.err()).toMatch(`vidtok: download: ${path} is not the published file: its sha256 is `);
});

test.each([
  [
    "lpipps",
    '"lpipps" is none of lpips, lpips-alex, lpips-squeeze, i3d, i3d-torchscript, all; did you mean lpips?',
  ],
  ["weights", '"weights" is none of lpips, lpips-alex, lpips-squeeze, i3d, i3d-torchscript, all'],
])("%s is no set of weights", async (name, message) => {
  const usage = "usage: vidtok download --help";
  expect(await download(name)).toEqual({
    code: 2,
    out: "",
    err: `vidtok: download: ${message}\n${usage}\n`,
  });
});

test("a fetched file has a bar of megabytes and its path", async () => {
  const url = await served((response) => response.end(Buffer.alloc(3_500_000)));
  const folder = temporaryFolder();
  const io = fakeIo();
  const path = join(folder, "net.pth");
  const options = { folder, force: false };
  expect(await fetchFiles(io, [{ name: "net.pth", url, bytes: 3_500_000 }], options)).toEqual([
    { name: "net.pth", path, isNew: true },
  ]);
  expect(io.err()).toBe("net.pth, MB 4/4  0.0 s\n");
  expect(readFileSync(path)).toHaveLength(3_500_000);
});

test("Ctrl-C keeps what has come and says how to go on", async () => {
  const url = await served((response) => {
    response.writeHead(200, { "content-length": 100, etag: '"one"' }).write("the first bytes");
  });
  const folder = temporaryFolder();
  const io = fakeIo({ tty: 80, env: { NO_COLOR: "1" } });
  const fetching = fetchFiles(io, [{ name: "net.pth", url }], { folder, force: false });
  await Promise.all([
    expect(fetching).rejects.toThrow("aborted"),
    vi.waitFor(() => expect(io.err()).toContain("net.pth, MB")).then(() => io.interrupt()),
  ]);
  expect(io.err()).toContain("vidtok: what has come is kept; run the command again to go on\n");
  expect(readdirSync(folder).sort()).toEqual(["net.pth.part", "net.pth.part.of"]);
  expect(readFileSync(join(folder, "net.pth.part"), "utf8")).toBe("the first bytes");
});
