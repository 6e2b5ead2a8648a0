import { expect, test } from "vitest";
import { readFrames } from "../src/frames.ts";
import { probeVideo } from "../src/probe.ts";
import { temporaryFolder } from "./material.ts";
import { decodedPlainly, numberedVideo, numberOf } from "./numberedVideo.ts";

const x264 = "-c:v libx264 -pix_fmt yuv420p";
const x265 = "-c:v libx265 -pix_fmt yuv420p -x265-params log-level=none:keyint=12:min-keyint=12";
const mpeg2 = "-c:v mpeg2video -g 12 -bf 2";
const varying = "-vf select='not(eq(mod(n,5),1))' -vsync vfr";

/** Codecs and their variants, each in the containers below that take it. */
const codecs: Record<string, string> = {
  "h264 with b-frames": `${x264} -g 12 -bf 3`,
  "h264 with open gops": `${x264} -bf 3 -x264opts open-gop=1:keyint=12:min-keyint=12`,
  "h264 with intra refresh": `${x264} -x264opts intra-refresh=1:keyint=12`,
  "h264, interlaced": `${x264} -g 12 -bf 2 -flags +ildct+ilme`,
  "h264 at a variable rate": `${varying} ${x264} -g 12 -bf 2`,
  "h264, lossless rgb": "-c:v libx264rgb -qp 0 -g 12",
  "hevc with closed gops": `${x265}:open-gop=0:bframes=3`,
  "hevc with open gops": `${x265}:open-gop=1:bframes=3`,
  "vp8 with hidden frames": "-c:v libvpx -g 12 -auto-alt-ref 1 -lag-in-frames 16",
  "vp9 with hidden frames":
    "-c:v libvpx-vp9 -g 12 -deadline good -cpu-used 8 -auto-alt-ref 1 -lag-in-frames 16",
  av1: "-c:v libaom-av1 -strict -2 -g 12 -cpu-used 8 -b:v 200k",
  "mpeg4 with b-frames": "-c:v mpeg4 -g 12 -bf 2",
  "mpeg2 with b-frames": mpeg2,
  "mpeg2, interlaced": `${mpeg2} -flags +ildct+ilme -alternate_scan 1`,
  "mpeg2 at a variable rate": `${varying} ${mpeg2}`,
  mpeg1: "-c:v mpeg1video -g 12 -bf 2",
  h263p: "-c:v h263p -g 12",
  flv1: "-c:v flv -g 12",
  msmpeg4v3: "-c:v msmpeg4 -g 12",
  wmv2: "-c:v wmv2 -g 12",
  theora: "-c:v libtheora -g 12",
  mjpeg: "-c:v mjpeg -pix_fmt yuvj420p",
  prores: "-c:v prores_ks",
  ffv1: "-c:v ffv1 -g 12",
  png: "-c:v png",
  rawvideo: "-c:v rawvideo -pix_fmt yuv420p",
  svq1: "-c:v svq1 -g 12",
  qtrle: "-c:v qtrle -g 12",
  msvideo1: "-c:v msvideo1",
  snow: "-c:v snow -strict -2 -g 12",
};

const containers = [
  ...["mp4", "mov", "3gp", "mkv", "webm", "avi", "ts", "m2ts", "flv", "wmv", "ogv", "mpg"],
  ...["vob", "mxf", "gxf", "nut", "wtv", "ivf"],
];

const [width, height] = [64, 48];
const size = width * height * 3;
let covered = 0;

/** Whether ffmpeg itself reads back what it wrote: the numbers of all pictures grow. */
function isReadable(all: Uint8Array): boolean {
  const numbers = Array.from({ length: all.length / size }, (_, i) =>
    numberOf(all.subarray(i * size), width, height),
  );
  return numbers.length > 0 && numbers.every((number, i) => number > (numbers[i - 1] ?? -1));
}

/** Reads frames alone, in pairs, backwards and near the end, and returns those that differ. */
async function wrongFrames(path: string, all: Uint8Array): Promise<string[]> {
  const info = await probeVideo(path);
  const { frames } = info;
  const problems = [];
  if (frames !== all.length / size) problems.push(`${frames} frames of ${all.length / size}`);
  if (info.damage !== undefined) problems.push(info.damage);
  const end = frames - 1;
  for (const indices of [[end], [25], [end - 2, end - 1], [end - 1, 13, 30, 0, 12]]) {
    const { data } = await readFrames(path, indices, { info });
    indices.forEach((index, i) => {
      const read = data.subarray(i * size, (i + 1) * size);
      if (Buffer.compare(read, all.subarray(index * size, (index + 1) * size)) === 0) return;
      problems.push(`${numberOf(read, width, height)} for ${index} of ${indices.join(" ")}`);
    });
  }
  return problems;
}

test.each(Object.entries(codecs))(
  "%s: frames are those of reading from the start in every container",
  async (name, args) => {
    const folder = temporaryFolder();
    const wrong: Record<string, string[]> = {};
    // Encoded once where that is slow, and copied.
    const isSlow = /libx265|libaom|libvpx/.test(args);
    const master = isSlow ? await numberedVideo(folder, "master.mkv", args) : undefined;
    const waiting = [...containers];
    const work = async (): Promise<void> => {
      for (let kind = waiting.shift(); kind !== undefined; kind = waiting.shift()) {
        const file = `a.${kind}`;
        const made =
          master === undefined
            ? numberedVideo(folder, file, args)
            : numberedVideo(folder, file, `-i ${master} -map 1 -c copy -strict -2`);
        const path = await made.catch(() => undefined);
        if (path === undefined) continue;
        const all = await decodedPlainly(path).catch(() => new Uint8Array(0));
        if (!isReadable(all)) continue;
        covered++;
        const problems = await wrongFrames(path, all);
        if (problems.length > 0) wrong[`${name} in ${kind}`] = problems;
      }
    };
    await Promise.all([work(), work()]);
    expect(wrong).toEqual({});
  },
  60_000,
);

test("the matrix is as large as ffmpeg's muxers allow", () => {
  expect(covered).toBe(255);
});
