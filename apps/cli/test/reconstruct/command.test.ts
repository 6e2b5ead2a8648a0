import { readdirSync } from "node:fs";
import { join } from "node:path";
import { probeVideo } from "@vidtok/data";
import { expect, test } from "vitest";
import { main } from "../../src/main.ts";
import { fakeIo } from "../fakeIo.ts";
import { smallConfig } from "../smallConfig.ts";
import { temporaryFolder, testVideo } from "../videos.ts";

async function reconstruct(...args: string[]) {
  const io = fakeIo();
  const code = await main(["reconstruct", ...args], io);
  return { code, out: io.out(), err: io.err() };
}

const small = ["--input_height", "16", "--input_width", "16", "--chunk_size", "4"];

test("reconstruct writes a video and tells how good it is and how it was made", async () => {
  const folder = temporaryFolder();
  const input = testVideo(folder, 11);
  const config = smallConfig(folder, "vidtok_fsq_causal_488_4096");
  const target = join(folder, "new", "folder");
  const { code, out, err } = await reconstruct(
    ...["--input_video_path", input, "--config", config, "--output-video-dir", target],
    ...[...small, "--pad_gen_frames", "--seed", "7", "--json"],
  );
  expect(err).toContain("vidtok: weights are random, since there is no --ckpt\n");
  expect(err).toContain("reconstruct 2/2");
  expect(code).toBe(0);
  const result = JSON.parse(out) as Record<string, unknown>;
  const output = join(target, "moving_reconstructed.mp4");
  expect(result).toMatchObject({
    ...{ input, output, config },
    weights: { checkpoint: null, loaded: 0, random: expect.any(Number) as number },
    ...{ clips: 2, frames: 10, fps: 30, precision: "f32" },
  });
  expect(result["psnr"]).toBeGreaterThan(3);
  expect(Object.keys(result)).toEqual(
    expect.arrayContaining(["ssim", "backend", "mode", "seconds"]),
  );
  expect(await probeVideo(output)).toMatchObject({ width: 32, height: 16, frames: 10 });
});

test("a non-causal model takes clips of chunk_size frames, and the result reads as lines", async () => {
  const folder = temporaryFolder();
  const config = smallConfig(folder, "vidtok_kl_noncausal_488_4chn");
  const output = join(folder, "alone.mp4");
  const { code, out, err } = await reconstruct(
    ...["--input_video_path", testVideo(folder, 9), "--config", config, "--output", output],
    ...[...small, "--concate_input", "no", "--backend", "gpujs"],
  );
  expect({ code, err: err.includes("psnr") }).toEqual({ code: 0, err: true });
  expect(out).toMatch(
    /^output {4}.*alone\.mp4\nframes {4}8 at 30 per second\nleft out {2}1 frame at the end, 33\.3 % of the picture \(--fit native keeps all\)\npsnr {6}[\d.]+ dB\n/,
  );
  expect(await probeVideo(output)).toMatchObject({ width: 16, height: 16, frames: 8 });
});

test.each([
  ["vidtok_kl_causal_488_4chn", 2, 36, 28],
  ["vidtok_kl_noncausal_488_4chn", 3, 16, 8],
  ["vidtok_fsq_causal_888_32768_v1_1", 13, 22, 50],
])("%s keeps all of %i frames of %i x %i", async (name, frames, width, height) => {
  const folder = temporaryFolder();
  const scale = ["-vf", `scale=${width}:${height}`, "-c:v", "libx264", "-pix_fmt", "yuv420p"];
  const input = testVideo(folder, frames, 25, scale);
  const output = join(folder, "whole.mp4");
  const { code, out, err } = await reconstruct(
    ...["--input_video_path", input, "--config", smallConfig(folder, name), "--output", output],
    ...["--fit", "native", "--concate_input", "no", "--backend", "gpujs"],
  );
  expect({ code, err }).toEqual({ code: 0, err });
  expect(out).toContain("left out  nothing\n");
  expect(out.includes("too small")).toBe(height < 11);
  expect(await probeVideo(output)).toMatchObject({ width, height, frames, fps: 25 });
});

test("a video smaller than the spatial stride is refused with its size", async () => {
  const folder = temporaryFolder();
  const input = testVideo(folder, 5, 25, ["-vf", "scale=6:32", "-c:v", "libx264"]);
  const config = smallConfig(folder, "vidtok_kl_causal_488_4chn");
  const { code, err } = await reconstruct(
    ...["--input_video_path", input, "--config", config, "--fit", "native"],
  );
  expect(code).toBe(1);
  expect(err).toContain(
    "moving.mp4 is 6 x 32, and this tokenizer needs at least 8 x 8; use --fit contain",
  );
});

test("a long video is one clip of a v1.1 model, cut to whole chunks", async () => {
  const folder = temporaryFolder();
  const input = testVideo(folder, 15);
  const config = smallConfig(folder, "vidtok_kl_causal_488_4chn_v1_1");
  const output = join(folder, "long.mp4");
  const { code, out, err } = await reconstruct(
    ...["--input_video_path", input, "--config", config, "--output", output],
    ...["--input_height", "16", "--input_width", "16", "--chunk_size", "4", "--read_long_video"],
    ...["--backend", "gpujs", "--json"],
  );
  expect({ code, err }).toEqual({ code: 0, err });
  expect(JSON.parse(out)).toMatchObject({ clips: 1, frames: 13 });
  expect(await probeVideo(output)).toMatchObject({ frames: 13 });
});

test("what cannot be done is said before a model is built, and no file appears", async () => {
  const folder = temporaryFolder();
  const input = testVideo(folder, 11);
  const config = smallConfig(folder, "vidtok_kl_causal_488_4chn");
  const base = [
    ...["--input_video_path", input, "--config", config, "--output_video_dir", folder],
    ...["--backend", "gpujs"],
  ];
  const v11 = "vidtok_kl_causal_488_4chn_v1_1";
  const failures: [string[], number][] = [
    [[...base], 1],
    [[...base, "--read_long_video"], 1],
    [[...base, "--config", v11, "--read_long_video"], 1],
    [[...base, "--config", v11, "--read_long_video", "--num_frames_per_batch", "1"], 2],
    [[...base, "--chunk_size", "7"], 2],
    [[...base, "--input_video_path", join(folder, "none.mp4")], 1],
    [[...base, "--config", "vidtok_kl_casual_488_4chn"], 1],
    [[...base, "--chunk_size", "4", "--ckpt", join(folder, "none.ckpt")], 1],
    [[...base, "--chunk_size", "4", "--input_height", "20"], 2],
    [[...base, "--fit", "native", "--input_width", "64"], 2],
    [[...base, "--chunk_size", "4", "--output", folder], 1],
  ];
  const said: string[] = [];
  for (const [args, exit] of failures) {
    const { code, out, err } = await reconstruct(...args);
    expect({ code, out }).toEqual({ code: exit, out: "" });
    said.push(err.replaceAll(folder, "FOLDER"));
  }
  expect(said).toMatchInlineSnapshot(`
    [
      "vidtok: reconstruct: FOLDER/moving.mp4 has 11 frames to take, needed 17 for one clip; use --chunk_size 8
    ",
      "vidtok: reconstruct: --read_long_video needs a v1.1 config, this one is causal; leave it out to go clip by clip
    ",
      "vidtok: reconstruct: FOLDER/moving.mp4 has 11 frames to take, needed 17 for one clip; use --chunk_size 8
    ",
      "vidtok: --read_long_video needs chunks of at least the time stride; use --chunk_size 16
    usage: vidtok reconstruct --help
    ",
      "vidtok: --chunk_size 7: this tokenizer takes multiples of 4; use 8
    usage: vidtok reconstruct --help
    ",
      "vidtok: video: FOLDER/none.mp4 does not exist
    ",
      "vidtok: config: vidtok_kl_casual_488_4chn is no file and no shipped config; did you mean vidtok_kl_causal_488_4chn?
    ",
      "vidtok: checkpoint: FOLDER/none.ckpt: no such file
    ",
      "vidtok: --input_height 20: this tokenizer takes multiples of 8; use 24
    usage: vidtok reconstruct --help
    ",
      "vidtok: --fit native keeps the size of frames; leave --input_width out
    usage: vidtok reconstruct --help
    ",
      "vidtok: reconstruct: FOLDER is a folder; name a file in it
    ",
    ]
  `);
  expect(readdirSync(folder).filter((name) => name.endsWith(".mp4"))).toEqual(["moving.mp4"]);
});
