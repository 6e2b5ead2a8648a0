// The examples of READMEs run where only the packages that they import are installed.
import { execFile, execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { ffmpegPath } from "@vidtok/data";
import { transform } from "esbuild";
import { afterAll, beforeAll, expect, test } from "vitest";
import { folders, packWorkspace } from "./packed.ts";
import type { Packed } from "./packed.ts";

const run = promisify(execFile);
const root = join(import.meta.dirname, "..");
const addon = join(root, "packages/backend-native/build/Release/vidtok_native.node");
let packed: Packed;

beforeAll(async () => {
  packed = await packWorkspace();
});

afterAll(() => rm(packed.folder, { recursive: true }));

/** The examples of a document: its blocks of TypeScript. */
async function examples(path: string): Promise<readonly string[]> {
  const blocks = (await readFile(join(root, path), "utf8")).matchAll(/^```ts\n(.*?)^```/gms);
  return [...blocks].map(([, code]) => code!);
}

/** Runs code with the packages that it imports, and returns what it prints. */
async function output(code: string): Promise<string> {
  const imports = [...code.matchAll(/(?:from|import) "(@vidtok\/[a-z-]+|vidtok)/g)].map(
    ([, name]) => name!,
  );
  const folder = await packed.installed(...[...new Set(imports)].sort());
  if (/videos|model\.ckpt/.test(code)) await materials(folder);
  const { code: script } = await transform(code, { loader: "ts" });
  await writeFile(join(folder, "example.mjs"), script);
  const { stdout } = await run(process.execPath, ["example.mjs"], {
    cwd: folder,
    // The addon as the platform's package would bring it.
    env: { ...process.env, ...(existsSync(addon) ? { VIDTOK_NATIVE_PATH: addon } : {}) },
  });
  return stdout;
}

/** Files that the examples name: three videos, and a checkpoint with one of a model's weights. */
async function materials(folder: string): Promise<void> {
  const videos = join(folder, "videos");
  await mkdir(videos, { recursive: true });
  for (const name of ["a", "b", "c", "d"]) {
    const source = `testsrc2=size=64x48:rate=12:duration=6`;
    const path = join(videos, `${name}.mp4`);
    execFileSync(ffmpegPath(), ["-v", "error", "-y", "-f", "lavfi", "-i", source, path]);
  }
  const shape = [64, 3, 3, 3, 3];
  const bytes = 4 * shape.reduce((a, b) => a * b, 1);
  const entry = { dtype: "F32", shape, data_offsets: [0, bytes] };
  const text = JSON.stringify({ "encoder.conv_in.weight": entry });
  const header = Buffer.from(text.padEnd(8 * Math.ceil(text.length / 8)));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  await writeFile(join(folder, "model.ckpt"), Buffer.concat([length, header, Buffer.alloc(bytes)]));
}

interface Example {
  readonly document: string;
  readonly index: number;
  /** What it prints. */
  readonly prints: RegExp;
  /** Part of a long example, and what makes it short. */
  readonly shortened?: readonly [long: string, short: string];
}

const cases: readonly Example[] = [
  {
    document: "README.md",
    index: 0,
    prints: /^\[ 1, 4, 5, 8, 8 \] .*\n\[ 1, 3, 17, 64, 64 \]\n208896\n$/s,
  },
  { document: "packages/tensor/README.md", index: 0, prints: /^\S+ .*\n0\.\d+ Float32Array\(54\)/ },
  { document: "packages/nn/README.md", index: 0, prints: /^(\d\.\d+\n){10}$/ },
  { document: "packages/nn/README.md", index: 1, prints: /^1 parameters are not in the file\n$/ },
  { document: "packages/vidtok-model/README.md", index: 0, prints: /^\[ 1, 3, 17, 32, 32 \]\n$/ },
  {
    document: "packages/vidtok-model/README.md",
    index: 1,
    prints: /^\[ 1, 3, 17, 32, 32 \]\n(\[ 1, 3, 16, 32, 32 \]\n){2}$/,
  },
  { document: "packages/vidtok-data/README.md", index: 0, prints: /\[ 3, 17, 128, 128 \]\n$/ },
  {
    document: "packages/vidtok-data/README.md",
    index: 1,
    prints: /^0 0 \[ 2, 3, 17, 128, 128 \] \d+\n/,
    shortened: ["epochs: 10", "epochs: 1"],
  },
  {
    document: "packages/vidtok-train/README.md",
    index: 0,
    prints: /last\.safetensors\n$/,
    shortened: ["maxSteps: 500", "maxSteps: 2"],
  },
];

test.for(cases)(
  "example $index of $document runs",
  { timeout: 120_000 },
  async ({ document, index, prints, shortened: [long, short] = ["", ""] }) => {
    const code = (await examples(document))[index]!;
    expect(code).toContain(long);
    expect(await output(code.replace(long, short))).toMatch(prints);
  },
);

test("no example is forgotten", async () => {
  // The engine's own example says what each machine runs; the metrics' are below.
  const others = ["packages/backend-native", "packages/vidtok-metrics", "apps/cli"];
  for (const folder of Object.values(folders).filter((each) => !others.includes(each))) {
    const known = cases.filter(({ document }) => document === `${folder}/README.md`);
    expect([folder, known.length]).toEqual([
      folder,
      (await examples(`${folder}/README.md`)).length,
    ]);
  }
});

test("the examples of the metrics' README run where only that package is installed", async () => {
  const folder = await packed.installed("@vidtok/metrics");
  const readme = await readFile(
    join(folder, "node_modules", "@vidtok/metrics", "README.md"),
    "utf8",
  );
  const examples = [...readme.matchAll(/```ts\n(.*?)```/gs)].map(([, code]) => code!);
  // The others need weights.
  const plain = examples.filter((code) => /import \{ (psnr, ssim|Psnr) \}/.test(code));
  expect(plain).toHaveLength(2);
  const output: string[] = [];
  for (const code of plain) {
    await writeFile(join(folder, "example.mjs"), code);
    const { stdout } = await run(process.execPath, ["example.mjs"], { cwd: folder });
    output.push(stdout);
  }
  expect(output.join("")).toMatch(
    /^28.13\d+ 17 \[ 0, 255 \]\n0.99\d+\n\{ mean: 80, count: 12 \}\n$/,
  );
});
