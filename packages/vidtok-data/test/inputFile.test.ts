import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { readFrames } from "../src/frames.ts";
import { probeVideo } from "../src/probe.ts";
import { VideoError } from "../src/videoError.ts";
import { box, replaceBoxes, words } from "./boxes.ts";
import { h264, make, picture, temporaryFolder } from "./material.ts";

/** A server that serves `file` to anyone, and the addresses it was asked for. */
async function serve(file: string): Promise<{ url: string; requests: string[] }> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(String(request.url));
    response.end(readFileSync(file));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests };
}

const dash = (media: string): string =>
  `<?xml version="1.0"?>\n<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" ` +
  `mediaPresentationDuration="PT1S" profiles="urn:mpeg:dash:profile:isoff-on-demand:2011"><Period>` +
  `<AdaptationSet mimeType="video/mp4"><Representation id="1" bandwidth="1" width="64" height="48">` +
  `<SegmentList duration="1"><SegmentURL media="${media}"/></SegmentList></Representation>` +
  `</AdaptationSet></Period></MPD>`;

const sdp = "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nm=video 9 RTP/AVP 96\n";

const imf = `<?xml version="1.0"?><CompositionPlaylist xmlns="http://www.smpte-ra.org/schemas/2067-3/2016"/>`;

const vobsub = "# VobSub index file, v7 (do not modify this line!)\nid: en, index: 0\n";

const playlists: readonly (readonly [kind: string, text: (target: string) => string])[] = [
  ["dash", dash],
  ["hls", (target) => `#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n${target}\n#EXT-X-ENDLIST\n`],
  ["concat", (target) => `ffconcat version 1.0\nfile '${target}'\n`],
  ["sdp", () => sdp],
  ["ffmetadata", (target) => `;FFMETADATA1\ntitle=${target}\n`],
  ["imf", () => imf],
  ["vobsub", () => vobsub],
  ["smil", (target) => `<smil><body><video src="${target}"/></body></smil>`],
  ["asx", (target) => `<ASX version="3.0"><ENTRY><REF HREF="${target}"/></ENTRY></ASX>`],
  ["pls", (target) => `[playlist]\nFile1=${target}\n`],
  ["asf reference", (target) => `[Reference]\nRef1=${target}\n`],
  ["list of addresses", (target) => `rtsp://${target}\n`],
];

test("playlists are refused by name whatever they are called; nothing is fetched or read", async () => {
  const folder = temporaryFolder();
  const neighbour = make(join(folder, "neighbour.mp4"), `${picture(4)} ${h264}`);
  const { url, requests } = await serve(neighbour);
  for (const [kind, text] of playlists) {
    for (const target of [`${url}/y.mp4`, neighbour, "neighbour.mp4"]) {
      for (const extension of ["mp4", "ts", "png", "m3u8", "mpd"]) {
        const path = join(folder, `list.${extension}`);
        for (const start of ["", "\ufeff", "\n "]) {
          writeFileSync(path, start + text(target));
          await expect(probeVideo(path)).rejects.toThrow(
            `video: ${path} is a playlist (${kind}), which names other files; give the video file itself`,
          );
        }
      }
    }
  }
  expect(requests).toEqual([]);
});

test("a playlist that takes a video's place after probing is not followed", async () => {
  const folder = temporaryFolder();
  const neighbour = make(join(folder, "neighbour.mp4"), `${picture(4)} ${h264}`);
  const { url, requests } = await serve(neighbour);
  const path = join(folder, "a.mp4");
  copyFileSync(neighbour, path);
  const info = await probeVideo(path);
  for (const target of [`${url}/y.mp4`, neighbour]) {
    for (const [, text] of playlists) {
      writeFileSync(path, text(target));
      const error = await readFrames(path, [0], { info }).catch((e: unknown) => e);
      expect(error).toBeInstanceOf(VideoError);
    }
  }
  expect(requests).toEqual([]);
});

test("ffprobe's own name of a playlist is shown where the first bytes do not give it away", async () => {
  const folder = temporaryFolder();
  const path = join(folder, "a.mp4");
  writeFileSync(path, `<!-- ${"x".repeat(5000)} -->${dash("neighbour.mp4")}`);
  await expect(probeVideo(path)).rejects.toThrow(`video: ${path} is a playlist (dash)`);
});

test("a QuickTime file whose frames lie in another file does not open it", async () => {
  const folder = temporaryFolder();
  const neighbour = make(join(folder, "neighbour.mov"), `${picture(4)} -c:v mjpeg`);
  const path = join(folder, "a.mov");
  writeFileSync(path, withExternalFrames(readFileSync(neighbour), "neighbour.mov"));
  const error = await probeVideo(path).catch((e: unknown) => e);
  expect(error).toBeInstanceOf(VideoError);
  expect((error as VideoError).message).toMatch(/^video: .* (holds no frames|is truncated)/);
});

/** A QuickTime file whose data reference is an alias of a file beside it. */
function withExternalFrames(mov: Buffer, name: string): Uint8Array {
  const alias = Buffer.alloc(150);
  alias.writeUInt16BE(2, 6); // version
  alias.write("\u0004disk", 10, "latin1");
  alias.writeUInt8(name.length, 50);
  alias.write(name, 51, "latin1");
  alias.writeInt16BE(1, 130); // levels from the alias to the common folder
  alias.writeInt16BE(1, 132); // and from there to the target
  const path = record(2, Buffer.from(`/${name}`, "latin1"));
  const entry = box("alis", Buffer.concat([Buffer.alloc(4), alias, path, record(-1)]));
  return replaceBoxes(mov, { dref: () => Buffer.concat([words(0, 1), entry]) });
}

function record(type: number, content = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(4);
  head.writeInt16BE(type, 0);
  head.writeInt16BE(content.length, 2);
  return Buffer.concat([head, content, Buffer.alloc(content.length % 2)]);
}

test("names are literal", async () => {
  const folder = temporaryFolder();
  const video = make(join(folder, "video.mp4"), `${picture(3)} ${h264}`);
  const still = make(join(folder, "still.png"), picture(1));
  const gif = make(join(folder, "moving.gif"), picture(3));
  const apng = make(join(folder, "moving.apng"), picture(3));
  // Files that a pattern would find instead.
  for (const name of ["a1.png", "a001.png", "ab.png"]) {
    make(join(folder, name), picture(1, { size: "16x16" }));
  }
  mkdirSync(join(folder, "file:"));
  const names = [
    "-v",
    "a%d",
    "a%03d",
    "a*",
    "a?",
    "a[b]",
    "{a,b}",
    "a:b",
    "a,b",
    "a\nb",
    "file:",
    "é",
    "'",
  ];
  const check = async (source: string, name: string, frames: number): Promise<void> => {
    const path = join(folder, name);
    copyFileSync(source, path);
    const info = await probeVideo(path);
    expect([name, info.frames, info.width]).toEqual([name, frames, 64]);
    const read = await readFrames(path, [frames - 1], { info });
    expect(read.data).toEqual((await readFrames(source, [frames - 1])).data);
  };
  for (const name of names) {
    await check(video, `${name}.mp4`, 3);
    await check(still, `${name}.png`, 1);
  }
  await check(gif, "a%d.gif", 3);
  await check(apng, "b*.png", 3);
});

test("a kind of file that is not read is named as ffmpeg names it", async () => {
  const folder = temporaryFolder();
  const raw = join(folder, "raw.v210");
  writeFileSync(raw, new Uint8Array(100_000));
  await expect(probeVideo(raw)).rejects.toThrow(
    `video: ${raw} is of a kind that is not read ("v210" in ffmpeg); convert it to mp4`,
  );
});
