// Trains a small tokenizer on moving pictures and shows what it makes of a clip that it never saw.
// Usage: npm run demo [-- --data DIR] [--fresh]
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { renameSync, rmSync, writeFileSync } from "node:fs";
import { constants } from "node:os";
import { dirname, join, relative, resolve } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { contactSheet, differenceImage, ffmpegPath, frameImage } from "@vidtok/data";
import { probeVideo, readFrames, writePng } from "@vidtok/data";
import { makeClips } from "./demoClips.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const cli = join(root, "apps", "cli", "bin", "vidtok.js");
const config = join(root, "configs", "demo", "fsq_causal_small.yaml");
const demo = join(root, "demo");
const run = join(demo, "run");
const SEED = 23;
const SIZE = 128;
// Batches are counted from the start.
const STAGES = [
  { batches: 230, rate: 3e-4 },
  { batches: 270, rate: 3e-5 },
];
const COLUMNS = 8;

const say = (line) => process.stderr.write(`demo: ${line}\n`);
const shown = (path) => relative(process.cwd(), path) || ".";

/** Runs `vidtok`, its progress on our stderr, and resolves to the JSON that it prints. */
function vidtok(...args) {
  return new Promise((done, fail) => {
    const command = [cli, ...args, "--json"].map(String);
    const child = spawn(process.execPath, command, { stdio: ["ignore", "pipe", "inherit"] });
    const kill = () => child.kill("SIGTERM");
    // A terminal sends Ctrl-C to all its processes; passing it on would make it the second one.
    const pass = (signal) => {
      if (!(signal === "SIGINT" && process.stderr.isTTY)) child.kill(signal);
    };
    process.once("exit", kill).on("SIGINT", pass).on("SIGTERM", pass);
    let printed = "";
    child.stdout.on("data", (text) => (printed += text));
    child.on("error", fail);
    child.on("close", (code, signal) => {
      process.off("exit", kill).off("SIGINT", pass).off("SIGTERM", pass);
      if (code === 0) return done(JSON.parse(printed));
      if (signal) say("stopped; the same command goes on from here");
      process.exit(signal ? 128 + constants.signals[signal] : code);
    });
  });
}

/** The user's videos: all but the last are trained on. */
function ownVideos(dir) {
  const videos = readdirSync(dir, { recursive: true })
    .filter((name) => /\.(mp4|m4v|mov|mkv|webm|avi|mpe?g)$/i.test(name))
    .map((name) => resolve(dir, name))
    .sort();
  if (videos.length < 2) {
    throw new Error(`${dir} has ${videos.length} videos; at least 2 are needed, one to hold out`);
  }
  const list = (name, paths) => {
    const file = join(demo, `${name}.csv`);
    const rows = paths.map((path) => `"${path.replaceAll('"', '""')}"\n`);
    writeFileSync(file, `videos\n${rows.join("")}`, "latin1");
    return { data_dir: resolve(dir), meta_path: file };
  };
  const heldOut = videos.at(-1);
  const data = {
    train: list("train", videos.slice(0, -1)),
    validation: list("held-out", [heldOut]),
  };
  return { heldOut, data };
}

async function madeVideos() {
  const dir = join(demo, "clips");
  say(`making clips in ${shown(dir)}`);
  const { train, heldOut } = await makeClips(ffmpegPath(), dir);
  return {
    heldOut,
    data: { train: { data_dir: train }, validation: { data_dir: dirname(heldOut) } },
  };
}

/** Starts over when anything that decides the result has changed since the last time. */
function prepare(plan, isFresh) {
  const file = join(demo, "plan.json");
  const text = JSON.stringify(plan, null, 2);
  const isSame = existsSync(file) && readFileSync(file, "utf8") === text;
  if (isSame && !isFresh) return;
  for (const old of ["run", "result.json"])
    rmSync(join(demo, old), { recursive: true, force: true });
  writeFileSync(file, text);
}

/** Trains, then cools down: at a constant learning rate the last steps decide too much. Goes on where an interrupted demo stopped. */
async function train(overrides) {
  const last = join(run, "checkpoints", "last.safetensors");
  let result;
  let seconds = 0;
  for (const { batches, rate } of STAGES) {
    const how = existsSync(last)
      ? ["--resume", run]
      : ["-b", config, "--logdir", demo, "--name", "run", "--no_date", "--seed", SEED];
    const stage = ["--max_batches", batches, `model.base_learning_rate=${rate}`];
    result = await vidtok("train", ...how, ...stage, ...overrides);
    seconds += result.seconds;
  }
  return { ...result, seconds };
}

function reconstruct(input, output, ...weights) {
  const size = ["--input_height", SIZE, "--input_width", SIZE];
  const clips = ["--sample_fps", 12, "--chunk_size", 8];
  return vidtok(
    ...["reconstruct", "--input_video_path", input, "--output", output, "--config", config],
    ...[...size, ...clips, "--seed", SEED, ...weights],
  );
}

/** Rows of input, reconstruction and 4 × their difference, from a video that has both side by side. */
async function drawSheet(video, path) {
  const info = await probeVideo(video);
  const count = Math.min(COLUMNS, info.frames);
  const indices = Array.from({ length: count }, (_, i) =>
    Math.floor(((i + 0.5) * info.frames) / count),
  );
  const frames = await readFrames(video, indices, { info });
  const half = (image, from) => {
    const data = new Uint8Array(image.height * SIZE * 3);
    for (let y = 0; y < image.height; y++) {
      const start = (y * image.width + from) * 3;
      data.set(image.data.subarray(start, start + SIZE * 3), y * SIZE * 3);
    }
    return { data, width: SIZE, height: image.height };
  };
  const images = indices.map((_, i) => frameImage(frames, i));
  const inputs = images.map((image) => half(image, 0));
  const outputs = images.map((image) => half(image, SIZE));
  const differences = inputs.map((input, i) => differenceImage(input, outputs[i], 4));
  const sheet = contactSheet([inputs, outputs, differences]);
  await writePng(path, sheet.data, sheet.width, sheet.height);
}

function print({ before, after, files }) {
  const score = ({ psnr, ssim }) => `${psnr.toFixed(2)} dB PSNR, ${ssim.toFixed(4)} SSIM`;
  process.stdout.write(
    `untrained     ${score(before)}\ntrained       ${score(after)}\n` +
      Object.entries(files)
        .map(([name, path]) => `${name.padEnd(13)} ${shown(join(root, path))}\n`)
        .join(""),
  );
}

async function main() {
  const { values } = parseArgs({
    options: { data: { type: "string" }, fresh: { type: "boolean", default: false } },
  });
  const started = performance.now();
  mkdirSync(demo, { recursive: true });
  const { heldOut, data } = values.data ? ownVideos(values.data) : await madeVideos();
  const overrides = Object.entries(data).flatMap(([split, places]) =>
    Object.entries(places).map(
      ([name, path]) => `data.params.${split}.params.${name}=${JSON.stringify(path)}`,
    ),
  );
  prepare({ heldOut, overrides, config: readFileSync(config, "utf8"), STAGES }, values.fresh);
  const resultFile = join(demo, "result.json");
  if (existsSync(resultFile)) {
    say("this has been trained before; --fresh trains again");
    return print(JSON.parse(readFileSync(resultFile, "utf8")));
  }

  const [untrained, trained] = ["untrained", "reconstruction"].map((n) => join(demo, `${n}.mp4`));
  say("reconstructing the held-out clip with untrained weights");
  const before = await reconstruct(heldOut, untrained);
  say("training");
  const training = await train(overrides);
  say("reconstructing the held-out clip with trained weights");
  const after = await reconstruct(heldOut, trained, "--ckpt", training.checkpoint);
  const sheet = join(demo, "contact-sheet.png");
  await drawSheet(trained, sheet);

  const inRoot = (path) => relative(root, path);
  const result = {
    before: { psnr: before.psnr, ssim: before.ssim },
    after: { psnr: after.psnr, ssim: after.ssim },
    heldOut: inRoot(heldOut),
    frames: after.frames,
    batches: training.step,
    // Of this session; a part of the training may have been done before.
    seconds: { training: training.seconds, total: (performance.now() - started) / 1000 },
    backend: `${training.backend} (${training.mode})`,
    files: {
      "side by side": inRoot(trained),
      "contact sheet": inRoot(sheet),
      result: inRoot(resultFile),
      checkpoint: inRoot(training.checkpoint),
    },
  };
  writeFileSync(`${resultFile}.part`, `${JSON.stringify(result, null, 2)}\n`);
  renameSync(`${resultFile}.part`, resultFile);
  print(result);
}

try {
  await main();
} catch (error) {
  say(error.message);
  process.exit(1);
}
