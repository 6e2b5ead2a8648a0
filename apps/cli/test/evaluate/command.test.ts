import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from "node:fs";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { clipGroups, probeVideo } from "@vidtok/data";
import { psnr, ssim } from "@vidtok/metrics";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { main } from "../../src/main.ts";
import { openTokenizer } from "../../src/reconstruct/openTokenizer.ts";
import { readClips } from "../../src/reconstruct/readClips.ts";
import { reconstructClips } from "../../src/reconstruct/reconstructClips.ts";
import { fakeIo } from "../fakeIo.ts";
import type { FakeIo } from "../fakeIo.ts";
import { smallConfig } from "../smallConfig.ts";
import { spoiled } from "../spoiled.ts";
import { temporaryFolder, testVideo } from "../videos.ts";

beforeEach(() => {
  vi.stubEnv("VIDTOK_CACHE", "no-weights");
  vi.stubEnv("TORCH_HOME", "no-weights");
});

afterEach(() => {
  vi.unstubAllEnvs();
});

async function evaluate(io: FakeIo, ...args: string[]) {
  const code = await main(["evaluate", ...args], io);
  return { code, out: io.out(), err: io.err() };
}

/** An io that is interrupted when progress shows this. */
function interruptedAt(step: string): FakeIo {
  const io = fakeIo();
  const write = io.stderr.write;
  return {
    ...io,
    // Every look at the clock is a minute later, so that each step is shown.
    now: () => (io.advance(60_000), io.now()),
    stderr: {
      ...io.stderr,
      write: (text: string) => {
        if (text.startsWith(step)) io.interrupt();
        return write(text);
      },
    },
  };
}

/**
 * Two videos, one in a folder below; and the flags of a small model that takes 5 frames at a time.
 */
function material(config = "vidtok_fsq_causal_488_4096") {
  const folder = temporaryFolder();
  const videos = join(folder, "videos");
  mkdirSync(join(videos, "more"), { recursive: true });
  copyFileSync(testVideo(folder, 7), join(videos, "more", "seven.mp4"));
  copyFileSync(testVideo(folder, 20), join(videos, "twenty.mp4"));
  const result = join(folder, "result.json");
  const flags = [
    ...["--data_dir", videos, "--config", smallConfig(folder, config), "--chunk_size", "4"],
    ...["--input_height", "32", "--input_width", "32", "--json", result],
  ];
  return { folder, videos, flags, result, states: `${result}.state` };
}

interface Result {
  readonly videos: readonly {
    readonly name: string;
    readonly scores: Record<"psnr" | "ssim", { readonly frames: readonly number[] }>;
  }[];
  readonly total: Record<"frames" | "psnr" | "ssim", number>;
  readonly withoutRepeated: Record<"frames" | "psnr" | "ssim", number>;
}

function read(path: string): Result {
  return JSON.parse(readFileSync(path, "utf8")) as Result;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

test("every frame of every video counts, and those that fill up a clip too", async () => {
  const { videos, flags, result, states } = material();
  const { code, out, err } = await evaluate(fakeIo(), ...flags);
  expect({ code, err: err.includes("evaluate 30/30") }).toEqual({ code: 0, err: true });
  expect(out).toMatch(
    /^video {13}frames {2}repeated +psnr +ssim\nmore\/seven.mp4 +10 +3 .*\ntwenty.mp4 +20 +0 .*\nall +30 +3 .*\nwithout repeated +27 +0 .*\n$/,
  );
  const found = read(result);

  const model = await openTokenizer({
    config: flags[3]!,
    ...{
      ckpt: undefined,
      allowMissing: false,
      seed: 42,
      backend: "auto",
      threads: undefined,
      precision: "f32",
    },
  });
  const settings = { layout: "cthw", range: [-1, 1] } as const;
  const expected: Record<"psnr" | "ssim", number>[] = [];
  for (const [name, frames] of [["more/seven.mp4", 7] as const, ["twenty.mp4", 20] as const]) {
    const info = await probeVideo(join(videos, name));
    const groups = clipGroups([...Array(frames).keys()], 5, "repeat");
    const clips = readClips(
      info,
      groups,
      { fit: "crop", height: 32, width: 32 },
      new AbortController().signal,
    );
    for await (const { input, output } of reconstructClips(model, clips, false)) {
      const each = { psnr: psnr(input, output, settings), ssim: ssim(input, output, settings) };
      each.psnr.frames.forEach((value, i) => {
        expected.push({ psnr: value, ssim: each.ssim.frames[i]! });
      });
    }
  }
  for (const metric of ["psnr", "ssim"] as const) {
    const all = expected.map((frame) => frame[metric]);
    const own = all.filter((_, i) => i < 7 || i >= 10);
    expect(found.videos.flatMap(({ scores }) => scores[metric].frames)).toEqual(all);
    expect(found.total[metric]).toBeCloseTo(mean(all), 12);
    expect(found.withoutRepeated[metric]).toBeCloseTo(mean(own), 12);
  }
  expect(new Set(found.videos.flatMap(({ scores }) => scores.psnr.frames)).size).toBe(18);
  expect(existsSync(states)).toBe(false);
});

test("the result names all that it depends on", async () => {
  const { folder, videos, flags, result } = material("vidtok_kl_noncausal_488_4chn");
  const csv = join(folder, "result.csv");
  const { code } = await evaluate(fakeIo(), ...flags, "--csv", csv, "--metrics", "psnr");
  expect(code).toBe(0);
  const sha256 = createHash("sha256").update(readFileSync(flags[3]!)).digest("hex");
  expect(read(result)).toMatchObject({
    data_dir: videos,
    meta_path: null,
    config: { file: flags[3], sha256 },
    checkpoint: "seed 42",
    weights: { loaded: 0, random: expect.any(Number) as number },
    precision: "f32",
    sampling: { fit: "crop", height: 32, width: 32, fps: 30, framesPerClip: 4 },
    metrics: ["psnr"],
    versions: { node: process.versions.node },
    total: { frames: 28 },
    withoutRepeated: { frames: 27 },
    repeated: 1,
    settings: { psnr: { range: [-1, 1] } },
    broken: [],
  });
  expect(Object.keys(read(result))).toEqual(expect.arrayContaining(["backend", "mode", "seed"]));
  expect(
    readFileSync(csv, "utf8")
      .split("\r\n")
      .map((line) => line.replace(/\d+\.\d+/, "N")),
  ).toEqual([
    "video,frames,repeated,psnr",
    "more/seven.mp4,8,1,N",
    "twenty.mp4,20,0,N",
    "total,28,1,N",
    "without repeated,27,0,N",
    "",
  ]);
});

test("an interrupted evaluation goes on where it stopped and finds the same", async () => {
  const { flags, result, states } = material("vidtok_kl_causal_488_4chn");
  expect((await evaluate(fakeIo(), ...flags)).code).toBe(0);
  const whole = read(result);

  const impatient = interruptedAt("evaluate 26/30");
  const first = await evaluate(impatient, ...flags);
  expect(first.code).toBe(130);
  const [state] = readdirSync(states);
  const folder = join(states, state!);
  expect(first.err).toContain(
    `vidtok: 1 of 2 videos finished, kept in ${folder}; the same command again goes on\nvidtok: interrupted\n`,
  );
  expect(readdirSync(folder).sort()).toEqual(["settings.json", "video-000001.json"]);

  const other = await evaluate(fakeIo(), ...flags, "--seed", "7");
  expect(other.code).toBe(0);
  expect(other.err).toContain(
    `vidtok: ${folder} has 1 finished video of other settings, not continued: checkpoint seed 42, now seed 7, seed 42, now 7\n`,
  );
  expect(read(result).total.psnr).not.toBe(whole.total.psnr);

  const second = await evaluate(fakeIo(), ...flags);
  expect(second.code).toBe(0);
  expect(second.err).toContain(`vidtok: going on with 1 finished video in ${folder}\n`);
  expect(read(result)).toEqual(whole);
  expect(existsSync(states)).toBe(false);
});

test("the page is the same after an interruption, and its state is gone", async () => {
  const { folder, videos, flags } = material();
  copyFileSync(testVideo(folder, 1), join(videos, "one.mp4"));
  const report = join(folder, "page");
  const only = ["--metrics", "psnr", "--report", report];
  const whole = await evaluate(fakeIo(), ...flags, ...only);
  expect(whole.code).toBe(0);
  expect(readdirSync(report)).toEqual(["index.html"]);
  const page = readFileSync(join(report, "index.html"), "utf8");
  expect(page).toContain(`<title>Evaluation of ${videos}</title>`);
  expect(page.match(/<h3>(best|median|worst): .*?<\/h3>/g)).toHaveLength(3);
  expect(page.match(/<polyline/g)).toHaveLength(3);
  // seven.mp4 fills up its last clip, and so does one.mp4.
  expect(page.match(/class="repeats"/g)).toHaveLength(2);

  const impatient = interruptedAt("evaluate 15/35");
  expect((await evaluate(impatient, ...flags, ...only)).code).toBe(130);
  expect(readFileSync(join(report, "index.html"), "utf8")).toBe(page);
  expect(readdirSync(report).sort()).toEqual(["evaluate.state", "index.html"]);
  const second = await evaluate(fakeIo(), ...flags, ...only);
  expect(second.err).toContain("going on with");
  expect(readFileSync(join(report, "index.html"), "utf8")).toBe(page);
  expect(readdirSync(report)).toEqual(["index.html"]);
});

test("a video that cannot be read is told, and the others are evaluated", async () => {
  const { folder, videos, flags, result, states } = material();
  const whole = readFileSync(join(videos, "twenty.mp4"));
  writeFileSync(join(videos, "cut.mp4"), whole.subarray(0, whole.length / 2));
  writeFileSync(join(videos, "spoiled.mp4"), spoiled(whole, 0));
  copyFileSync(testVideo(folder, 1), join(videos, "one.mp4"));
  const first = await evaluate(fakeIo(), ...flags);
  expect(first.code).toBe(1);
  expect(first.out).toMatch(/^one.mp4 +5 +4 /m);
  expect(first.err).toMatch(/^vidtok: video: .*cut.mp4 .*\n/m);
  expect(first.err).toMatch(/^vidtok: .*spoiled.mp4.*\n/m);
  expect(first.err).toMatch(
    /vidtok: 2 of 5 videos cannot be read: cut.mp4, spoiled.mp4; the same command again tries only those\n$/,
  );
  expect(read(result)).toMatchObject({
    total: { frames: 35 },
    withoutRepeated: { frames: 28 },
    broken: [{ name: "cut.mp4" }, { name: "spoiled.mp4" }],
  });
  for (const name of ["cut.mp4", "spoiled.mp4"]) writeFileSync(join(videos, name), whole);
  const second = await evaluate(fakeIo(), ...flags);
  expect(second.code).toBe(0);
  expect(second.err).toContain("vidtok: going on with 3 finished videos");
  expect(read(result).videos.map(({ name }) => name)).toEqual([
    ...["cut.mp4", "more/seven.mp4", "one.mp4", "spoiled.mp4", "twenty.mp4"],
  ]);
  expect(existsSync(states)).toBe(false);
});

test("long videos are one clip each, cut to whole chunks, and short ones are named", async () => {
  const { folder, flags, result } = material("vidtok_kl_causal_488_4chn_v1_1");
  const long = ["--backend", "gpujs", "--metrics", "psnr", "--read_long_video"];
  expect((await evaluate(fakeIo(), ...flags, ...long)).code).toBe(0);
  const read = () => JSON.parse(readFileSync(result, "utf8")) as object;
  expect(read()).toMatchObject({
    sampling: { framesPerClip: 5, lastClip: "is the whole video, cut to whole chunks" },
    videos: [
      { name: "more/seven.mp4", frames: 5, repeated: 0 },
      { name: "twenty.mp4", frames: 17, repeated: 0 },
    ],
  });
  const { code, err } = await evaluate(fakeIo(), ...flags, ...long, "--chunk_size", "8");
  expect(code).toBe(1);
  expect(err.replaceAll(folder, "FOLDER")).toContain(
    "evaluate: FOLDER/videos/more/seven.mp4 has 7 frames, needed 9 for --read_long_video",
  );
  expect(read()).toMatchObject({ videos: [{ name: "twenty.mp4", frames: 17 }] });
});

test("videos are evaluated at their own size, and too small ones named", async () => {
  const { folder, videos, result } = material();
  const tiny = testVideo(folder, 5, 25, ["-vf", "scale=32:6", "-c:v", "libx264"]);
  copyFileSync(tiny, join(videos, "tiny.mp4"));
  const config = smallConfig(folder, "vidtok_fsq_causal_488_4096");
  const { code, err } = await evaluate(
    fakeIo(),
    ...["--data_dir", videos, "--config", config, "--chunk_size", "4", "--json", result],
    ...["--fit", "native", "--backend", "gpujs", "--metrics", "psnr,ssim"],
  );
  expect(code).toBe(1);
  expect(err).toContain("tiny.mp4 is 32 x 6, and ssim needs at least 11 x 11; use --metrics psnr");
  const { sampling, videos: found } = JSON.parse(readFileSync(result, "utf8")) as {
    sampling: object;
    videos: readonly { name: string; frames: number }[];
  };
  expect(sampling).toEqual({
    ...{ fit: "native", fps: 30, framesPerClip: 5, lastClip: "repeats its last frame" },
  });
  expect(found.map(({ name }) => name)).toEqual(["more/seven.mp4", "twenty.mp4"]);
});

test("what cannot be evaluated is said before anything is computed", async () => {
  const { folder, videos, flags, states } = material();
  const empty = join(folder, "empty");
  mkdirSync(empty);
  writeFileSync(join(folder, "list.csv"), "videos\nnone.mp4\n");
  const base = ["--backend", "gpujs", ...flags];
  const failures: [string[], number][] = [
    [["--data_dir", empty], 1],
    [["--data_dir", join(folder, "none")], 1],
    [["--meta_path", join(folder, "none.csv")], 1],
    [["--meta_path", join(folder, "list.csv")], 1],
    [["--metrics", "psnr,lpips"], 1],
    [["--metrics", "fvd"], 1],
    [["--metrics", "vmaf"], 2],
    [["--read_long_video"], 1],
    [["--chunk_size", "7"], 2],
    [["--num_frames_per_batch", "17"], 2],
    [["--input_height", "20"], 2],
    [["--ckpt", join(folder, "none.ckpt")], 1],
    [["--json", "--csv"], 2],
    [["--json=result.txt"], 2],
    [["--report", join(videos, "twenty.mp4")], 2],
    [["--report", join(videos, "twenty.mp4", "page")], 2],
    [["--csv", join(videos, "twenty.mp4", "all.csv")], 2],
  ];
  const said: string[] = [];
  for (const [args, exit] of failures) {
    const { code, out, err } = await evaluate(fakeIo(), ...base, ...args);
    expect({ code, out, err }).toEqual({ code: exit, out: "", err });
    said.push(err.replaceAll(folder, "FOLDER").replace(/usage: .*\n$/, ""));
  }
  expect(said).toMatchInlineSnapshot(`
    [
      "vidtok: dataset: no mp4 files below FOLDER/empty
    ",
      "vidtok: dataset: FOLDER/none cannot be listed (ENOENT)
    ",
      "vidtok: dataset: FOLDER/none.csv cannot be read (ENOENT)
    ",
      "look at videos 1/1  0.0 s
    vidtok: video: FOLDER/videos/none.mp4 does not exist
    vidtok: evaluate: none of the 1 videos can be read
    ",
      "look at videos 2/2  0.0 s
    vidtok: lpips: no vgg16-397923af.pth and no vgg.pth in checkpoints/lpips, no-weights, no-weights/hub/checkpoints; name a VidTok checkpoint as weights, or run vidtok download lpips
    ",
      "look at videos 2/2  0.0 s
    vidtok: metrics: fvd needs 2 clips of 10 to 16 frames, and there are 1
    ",
      "vidtok: --metrics: "vmaf" is none of psnr, ssim, lpips, fvd
    ",
      "vidtok: evaluate: --read_long_video needs a v1.1 config, this one is causal; leave it out to go clip by clip
    ",
      "vidtok: --chunk_size 7: this tokenizer takes multiples of 4; use 8
    ",
      "vidtok: --chunk_size and --num_frames_per_batch say the same thing; give one of them
    ",
      "vidtok: --input_height 20: this tokenizer takes multiples of 8; use 24
    ",
      "look at videos 2/2  0.0 s
    vidtok: checkpoint: FOLDER/none.ckpt: no such file
    ",
      "vidtok: evaluate: --csv and --json exclude each other on stdout; name a file for one
    ",
      "vidtok: --json: "result.txt" is neither a .json file nor yes or no
    ",
      "vidtok: --report: FOLDER/videos/twenty.mp4 is a file, needed a folder
    ",
      "vidtok: --report: FOLDER/videos/twenty.mp4 is a file, needed a folder
    ",
      "vidtok: --csv: FOLDER/videos/twenty.mp4 is a file, needed a folder
    ",
    ]
  `);
  expect(existsSync(states)).toBe(false);
});
