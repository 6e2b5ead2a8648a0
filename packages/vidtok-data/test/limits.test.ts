import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { readFrames } from "../src/frames.ts";
import { probeVideo } from "../src/probe.ts";
import { VideoError } from "../src/videoError.ts";
import { replaceBoxes, words } from "./boxes.ts";
import { h264, make, picture, temporaryFolder } from "./material.ts";

const patience = vi.hoisted(() => ({ seconds: 60 }));
vi.mock(import("../src/limits.ts"), async (original) => ({
  ...(await original()),
  patienceWith: () => patience.seconds,
}));

/** The message of what reading a file throws, without its path. */
async function problem(path: string): Promise<string> {
  const error = await readFrames(path, [0]).catch((e: unknown) => e);
  expect(error).toBeInstanceOf(VideoError);
  return (error as VideoError).message.replace(path, "FILE");
}

/** Lets `script` take ffprobe's place. */
function asFfprobe(folder: string, script: string): void {
  const path = join(folder, "ffprobe.sh");
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  vi.stubEnv("FFPROBE_PATH", path);
  onTestFinished(() => void vi.unstubAllEnvs());
}

test("an mp4 file cannot announce more packets than fit into it", async () => {
  const folder = temporaryFolder();
  const mp4 = readFileSync(make(join(folder, "a.mp4"), `${picture(60)} ${h264} -bf 0`));
  const at = mp4.indexOf("stco");
  const offset = mp4.readUInt32BE(at + 12);
  const path = join(folder, "hostile.mp4");
  const samples = (count: number) => ({
    stsz: () => words(0, 1, count),
    stts: () => words(0, 1, count, 512),
    stss: () => words(0, 0),
  });
  const files = {
    "2^31 samples of one byte": replaceBoxes(mp4, {
      ...samples(2 ** 31 - 1),
      stsc: () => words(0, 1, 1, 2 ** 31 - 1, 1),
    }),
    "2^31 samples of no bytes": replaceBoxes(mp4, { stsz: () => words(0, 0, 2 ** 31 - 1) }),
    "80 million samples in chunks at one place": replaceBoxes(mp4, {
      ...samples(80_000_000),
      stsc: () => words(0, 1, 1, 4000, 1),
      stco: () => words(0, 20_000, ...Array<number>(20_000).fill(offset)),
    }),
    "an edit list that shows the file 100000 times": replaceBoxes(mp4, {
      elst: () =>
        Buffer.concat([words(0, 100_000), Buffer.alloc(1_200_000, words(2000, 0, 0x10000))]),
    }),
  };
  for (const [name, bytes] of Object.entries(files)) {
    writeFileSync(path, bytes);
    const message = await problem(path);
    expect([name, message]).toEqual([
      name,
      expect.stringMatching(/^video: FILE (is|needs|holds) /),
    ]);
  }
  expect(await problem(path)).toMatch(
    /^video: FILE is damaged: it announces more than \d+ packets, which its size cannot hold$/,
  );
});

const wide = { size: "9000x9000", kind: "color" };

test("pictures of more than 8192x8192 pixels are refused by their size", async () => {
  const folder = temporaryFolder();
  const png = readFileSync(make(join(folder, "a.png"), picture(1)));
  png.writeUInt32BE(65535, 16);
  png.writeUInt32BE(65535, 20);
  const gif = readFileSync(make(join(folder, "a.gif"), picture(3)));
  gif.writeUInt32LE(0xffffffff, 6);
  for (const [name, bytes] of Object.entries({ "b.png": png, "b.gif": gif })) {
    const path = join(folder, name);
    writeFileSync(path, bytes);
    expect(await problem(path)).toBe(
      "video: FILE is 65535x65535 pixels; at most 67108864 (8192x8192) are read",
    );
  }
  const path = make(join(folder, "wide.mkv"), `${picture(1, wide)} -c:v mjpeg`);
  expect(await problem(path)).toBe(
    "video: FILE is 9000x9000 pixels; at most 67108864 (8192x8192) are read",
  );
});

test("a decoder is held to the bound too", async () => {
  const folder = temporaryFolder();
  const path = make(join(folder, "a.mkv"), `${picture(1)} -c:v mjpeg`);
  const info = await probeVideo(path);
  make(path, `${picture(1, wide)} -c:v mjpeg`);
  await expect(readFrames(path, [0], { info })).rejects.toThrow(
    `video: ${path} is 9000x9000 pixels; at most 67108864 (8192x8192) are read`,
  );
});

test("8K video is read", async () => {
  const size = "7680x4320";
  const path = make(
    join(temporaryFolder(), "8k.mp4"),
    `${picture(2, { size })} ${h264} -preset ultrafast`,
  );
  const { shape } = await readFrames(path, [1]);
  expect(shape).toEqual([1, 4320, 7680, 3]);
});

const silent = [
  ["hangs", "exec sleep 600"],
  ["hangs in a program of its own", "sleep 600; true"],
  ["computes for ever", "while :; do :; done"],
  ["writes only errors", "while :; do echo no >&2; done"],
  ["closes its output and stays", "exec >&-; exec sleep 600"],
] as const;

test.each(silent)("a program that %s is ended", async (_, script) => {
  const folder = temporaryFolder();
  const path = make(join(folder, "a.mp4"), `${picture(3)} ${h264}`);
  asFfprobe(folder, script);
  patience.seconds = 1;
  onTestFinished(() => void (patience.seconds = 60));
  expect(await problem(path)).toBe(
    "video: FILE cannot be read: ffmpeg printed nothing for 1 seconds",
  );
});

test("what a program writes without end is not gathered", async () => {
  const folder = temporaryFolder();
  const path = make(join(folder, "a.mp4"), `${picture(3)} ${h264}`);
  asFfprobe(folder, "exec yes packet");
  expect(await problem(path)).toMatch(
    /^video: FILE is damaged: it announces more than 4\d+ packets/,
  );
  asFfprobe(folder, "exec cat /dev/zero");
  expect(await problem(path)).toBe(
    "video: FILE makes ffprobe write a line of more than 1048576 bytes",
  );
});

test.runIf(process.platform === "linux")("a program is held to an amount of memory", async () => {
  const folder = temporaryFolder();
  const path = make(join(folder, "a.mp4"), `${picture(3)} ${h264}`);
  const program = "const all = []; for (;;) all.push(new Uint8Array(2 ** 26).fill(1))";
  asFfprobe(folder, `exec '${process.execPath}' -e '${program}'`);
  const error = await probeVideo(path).catch((e: unknown) => e);
  expect((error as VideoError).detail).toContain("Array buffer allocation failed");
});

test("a program that has not enough memory is said to need more", async () => {
  const folder = temporaryFolder();
  const path = make(join(folder, "a.mp4"), `${picture(3)} ${h264}`);
  asFfprobe(folder, "echo 'a.mp4: Cannot allocate memory' >&2; exit 1");
  expect(await problem(path)).toBe(
    "video: FILE needs more memory than any video of its size should",
  );
});
