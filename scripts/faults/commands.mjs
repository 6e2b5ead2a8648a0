// The commands that write, each on material of its own that one second is enough for.
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { writeVideo } from "@vidtok/data";
import { writeSafetensors } from "@vidtok/nn";

const root = fileURLToPath(new URL("../..", import.meta.url));
const cli = join(root, "apps", "cli", "bin", "vidtok.js");
const weights = pathToFileURL(join(root, "packages", "vidtok-metrics", "dist", "weights.js")).href;

/**
 * A command to be interrupted.
 *
 * @typedef {object} Command
 * @property {string} name
 * @property {(folder: string) => readonly string[]} args Arguments of node; results go into `folder`.
 * @property {(folder: string) => void} [prepare] Puts into `folder` what an earlier run left there.
 * @property {(name: string) => boolean} [isLog] Files that are not the same in every run.
 * @property {(name: string, bytes: Buffer) => string | undefined} [problem] What is wrong with a file.
 * @property {(tree: ReadonlyMap<string, Buffer>) => unknown} [result] What has to be the same after all.
 */

/** All commands, on material that is made in the folder `material`. */
export async function allCommands(material) {
  const [config, videos] = [join(material, "small.yaml"), join(material, "videos")];
  mkdirSync(videos, { recursive: true });
  writeFileSync(config, smallConfig());
  const one = await drift(join(videos, "one.mp4"), 1);
  const two = await drift(join(videos, "two.mp4"), 2);
  const checkpoint = join(material, "in.safetensors");
  const x = { dtype: "f32", shape: [64, 1024], data: new Float32Array(65536).fill(0.5) };
  await writeSafetensors(
    checkpoint,
    [1, 2, 3].map((i) => [`w${i}`, x]),
  );
  const { url, close } = await serve(Buffer.alloc(300_000, "weights"));

  const old =
    (...names) =>
    (folder) => {
      for (const name of names) {
        mkdirSync(join(folder, name, ".."), { recursive: true });
        writeFileSync(join(folder, name), `the old ${name}`);
      }
    };
  const size = ["--config", config, "--input_height", "16", "--input_width", "16"];
  const results = (folder) => [
    ...["--json", join(folder, "all.json"), "--csv", join(folder, "all.csv")],
    ...["--metrics", "psnr", "--report", join(folder, "page")],
  ];
  const training = trainArguments(config, videos);
  /** @type {readonly Command[]} */
  const commands = [
    {
      name: "convert",
      prepare: old("model.ckpt"),
      args: (folder) => [cli, "convert", checkpoint, join(folder, "model.ckpt")],
    },
    {
      name: "data",
      prepare: old("list.csv"),
      args: (folder) => [cli, "data", "index", videos, "--out", join(folder, "list.csv")],
    },
    {
      name: "metrics",
      prepare: old("all.json", "all.csv", "page/index.html"),
      args: (folder) => [cli, "metrics", one, two, ...results(folder)],
    },
    {
      name: "reconstruct",
      prepare: old("result.mp4"),
      args: (folder) => [
        ...[cli, "reconstruct", "--input_video_path", one, ...size],
        ...["--output", join(folder, "result.mp4")],
      ],
    },
    {
      name: "evaluate",
      prepare: old("all.json", "all.csv", "page/index.html"),
      args: (folder) => [cli, "evaluate", "--data_dir", videos, ...size, ...results(folder)],
    },
    {
      name: "download",
      prepare: old("net.pth"),
      args: (folder) => [
        "--input-type=module",
        "--eval",
        `import { downloadWeights } from ${JSON.stringify(weights)};
         const files = [{ name: "net.pth", url: ${JSON.stringify(url)} }];
         await downloadWeights(files, { folder: ${JSON.stringify(folder)}, force: true }).catch((error) => {
           console.error(error.message);
           process.exitCode = 1;
         });`,
      ],
    },
    { name: "train", args: training, ...trained },
    {
      name: "resume",
      prepare: (folder) => cpSync(join(material, "trained"), folder, { recursive: true }),
      args: (folder) => training(folder, 4),
      ...trained,
    },
  ];
  return { commands, close, trainOnce: () => training(join(material, "trained")) };
}

/** What is true of a training run's folder. */
const trained = {
  isLog: (name) => /metrics\.jsonl$|tfevents|train\.lock$/.test(name),
  problem(name, bytes) {
    if (!name.endsWith(".safetensors")) return undefined;
    const header = bytes.length < 8 ? NaN : Number(bytes.readBigUInt64LE(0));
    if (!(8 + header <= bytes.length)) return "its header is cut off";
    const entries = Object.values(JSON.parse(bytes.toString("utf8", 8, 8 + header)));
    const end = Math.max(0, ...entries.map((entry) => entry.data_offsets?.[1] ?? 0));
    return 8 + header + end === bytes.length ? undefined : "its data is cut off";
  },
  // A checkpoint that a full disk was in the way of is not written later; all the rest is the same.
  result(tree) {
    const text = String(tree.get("run/metrics.jsonl"));
    const lines = text
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    const steps = lines.filter((line) => "train/psnr" in line).map(({ step }) => step);
    return [steps, tree.get("run/checkpoints/last.safetensors")?.toString("latin1")];
  },
};

function trainArguments(config, videos) {
  const own = "data.params.train.params";
  return (folder, steps = 2) => [
    ...[cli, "train", "-b", config, "--logdir", folder, "--name", "run", "--no_date"],
    ...["--max_batches", String(steps), "--precision", "32", "--num_sanity_val_steps", "0"],
    ...[`${own}.data_dir=${videos}`, `${own}.meta_path=null`, "data.params.validation=null"],
    ...[`${own}.video_params.input_height=16`, `${own}.video_params.input_width=16`],
    ...[`${own}.video_params.sample_num_frames=5`, `${own}.video_params.sample_fps=10`],
    ...["data.params.batch_size=1", "data.params.num_workers=0"],
    ...["lightning.modelcheckpoint.params.every_n_train_steps=2"],
    ...["perceptual_weight=0", "disc_factor=0"].map((s) => `model.params.loss_config.params.${s}`),
  ];
}

function smallConfig() {
  const file = join(root, "configs", "vidtok_fsq_causal_488_4096.yaml");
  return readFileSync(file, "utf8")
    .replace("ch: 128", "ch: 8")
    .replace("ch_mult: [1, 2, 4, 4]", "ch_mult: [1, 1, 1, 1]")
    .replace("num_res_blocks: 2", "num_res_blocks: 1");
}

/** Writes a video of drifting stripes. */
async function drift(path, speed) {
  const video = writeVideo(path, { width: 32, height: 32, fps: 10 });
  for (let t = 0; t < 20; t++) {
    const frame = Uint8Array.from(
      { length: 32 * 32 * 3 },
      (_, i) => (i * 5 + t * speed * 20) % 256,
    );
    await video.write(frame);
  }
  await video.close();
  return path;
}

/** A server of one file that can be asked for parts of it. */
async function serve(bytes) {
  const server = createServer((request, response) => {
    const from = Number(/bytes=(\d+)-/.exec(request.headers.range ?? "")?.[1] ?? 0);
    const range = { "content-range": `bytes ${from}-${bytes.length - 1}/${bytes.length}` };
    const headers = { etag: '"one"', "content-length": bytes.length - from };
    if (from >= bytes.length) {
      response.writeHead(416, { "content-range": `bytes */${bytes.length}` }).end();
    } else {
      response.writeHead(from > 0 ? 206 : 200, { ...headers, ...(from > 0 && range) });
      response.end(bytes.subarray(from));
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  return { url: `http://127.0.0.1:${server.address().port}/net.pth`, close };
}
