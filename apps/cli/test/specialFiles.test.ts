import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";
import { main } from "../src/main.ts";
import { fakeIo } from "./fakeIo.ts";
import { smallConfig } from "./smallConfig.ts";
import { temporaryFolder, testVideo } from "./videos.ts";

const hasFifos = process.platform !== "win32";
const why = hasFifos ? "" : " (skipped: Windows has no FIFOs in folders)";
const folder = "FOLDER";
const [pipe, video, config] = [`${folder}/pipe`, `${folder}/moving.mp4`, `${folder}/config.yaml`];

const uses: readonly (readonly [what: string, ...args: string[]])[] = [
  ["info", "info", pipe],
  ["info of a config", "info", `${folder}/pipe.yaml`],
  ["convert", "convert", pipe, `${folder}/out.safetensors`],
  ["the first video of metrics", "metrics", pipe, video],
  ["the second video of metrics", "metrics", video, pipe],
  ["the video of reconstruct", "reconstruct", "--input_video_path", pipe, "--config", config],
  ["a config", "reconstruct", "--input_video_path", video, "--config", pipe],
  ["a ckpt", "reconstruct", "--input_video_path", video, "--config", config, "--ckpt", pipe],
  ["a list", "evaluate", "--data_dir", folder, "--meta_path", pipe, "--config", config],
];

test.skipIf(!hasFifos).each(uses)(
  `a FIFO as %s is an error at once; nobody waits for a writer${why}`,
  async (_, ...args) => {
    const real = temporaryFolder();
    testVideo(real, 17);
    smallConfig(real, "vidtok_fsq_causal_488_4096");
    const written = join(real, "vidtok_fsq_causal_488_4096.yaml");
    for (const name of ["pipe", "pipe.yaml"]) execFileSync("mkfifo", [join(real, name)]);
    const io = fakeIo();
    const given = args.map((arg) => arg.replace(config, written).replace(folder, real));
    const code = await main(given, io);
    expect([code, io.out()]).toEqual([1, ""]);
    expect(io.err()).toMatch(
      /pipe(\.yaml)?\b.*\b(is not a (regular )?file|is no file|regular file)/,
    );
  },
);
