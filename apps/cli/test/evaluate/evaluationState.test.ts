import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { FvdState } from "@vidtok/metrics";
import { expect, test } from "vitest";
import { EvaluationState } from "../../src/evaluate/evaluationState.ts";
import type { FinishedVideo } from "../../src/evaluate/evaluationState.ts";
import type { EvaluationSettings } from "../../src/evaluate/settings.ts";
import { temporaryFolder } from "../videos.ts";

const settings: EvaluationSettings = {
  ...{ data_dir: "/videos", meta_path: null, config: { file: "a.yaml", sha256: "0" } },
  ...{ checkpoint: "seed 42", seed: 42, backend: "native", mode: "avx2", precision: "f32" },
  weights: { loaded: 0, random: 232 },
  sampling: {
    fit: "crop",
    ...{ height: 16, width: 16, fps: 30, framesPerClip: 17 },
    lastClip: "repeats its last frame",
  },
  ...{ metrics: ["psnr", "fvd"], metricsBackend: null },
  versions: { vidtok: "1", node: "2", ffmpeg: "3" },
};

function video(name: string, psnr: number): FinishedVideo {
  return {
    ...{ name, path: join("/videos", name), size: 100, modified: 1.5, frames: 17, repeated: 16 },
    ...{ scores: { psnr: [psnr, 1 / 3] }, clips: 1, settings: {} },
  };
}

function moments(count: number): FvdState {
  const set = (scale: number): FvdState["reals"] => ({
    count,
    mean: Float64Array.from({ length: 4 }, (_, i) => scale * i + 1 / 7),
    comoments: Float64Array.from({ length: 16 }, (_, i) => scale / (i + 1)),
  });
  return { reals: set(count), fakes: set(-count) };
}

const [a, b] = [video("a.mp4", 20.125), video("b.mp4", 30)];

test("what was added is there when the state is opened again, to the last bit", async () => {
  const root = join(temporaryFolder(), "new", "state");
  const first = await EvaluationState.open(root, settings, [a, b]);
  expect(first.finished).toEqual([]);
  await first.add(b, moments(2), Uint8Array.of(1, 2));
  await first.add(a, moments(3), Uint8Array.of(3));
  const again = await EvaluationState.open(root, settings, [a, b]);
  expect(again.finished).toEqual([b, a]);
  expect([again.get(a), again.get(video("c.mp4", 1))]).toEqual([a, undefined]);
  expect(again.fvd).toEqual(moments(3));
  expect([...(await again.sheet(a.path))]).toEqual([3]);
  expect(again.notes).toEqual([]);
  await again.remove();
  expect(existsSync(root)).toBe(false);
});

test("what stops while a video is added leaves the state as it was before", async () => {
  const root = temporaryFolder();
  const first = await EvaluationState.open(root, settings, [a, b]);
  await first.add(a, moments(2), undefined);
  const path = join(first.folder, "video-000002.json");
  mkdirSync(path);
  await expect(first.add(b, moments(3), Uint8Array.of(1))).rejects.toThrow(
    `${path} is a folder; name a file in it`,
  );
  rmSync(path, { recursive: true });
  const again = await EvaluationState.open(root, settings, [a, b]);
  expect([again.finished, again.fvd]).toEqual([[a], moments(2)]);
  await again.add(b, moments(4), undefined);
  expect((await EvaluationState.open(root, settings, [a, b])).fvd).toEqual(moments(4));

  rmSync(join(first.folder, "fvd-000002.bin"));
  expect((await EvaluationState.open(root, settings, [a, b])).notes).toEqual([
    `${first.folder} has 2 finished videos, not continued: what FVD knows is missing`,
  ]);
});

test("a state whose videos have changed is not continued", async () => {
  for (const [videos, reason] of [
    [[b], "/videos/a.mp4 is not among the videos any more"],
    [[{ ...a, size: 101 }, b], "/videos/a.mp4 has changed since"],
    [[{ ...a, modified: 2.5 }, b], "/videos/a.mp4 has changed since"],
  ] as const) {
    const root = temporaryFolder();
    const first = await EvaluationState.open(root, settings, [a, b]);
    await first.add(a, moments(2), undefined);
    const again = await EvaluationState.open(root, settings, videos);
    expect(again.notes).toEqual([`${again.folder} has 1 finished video, not continued: ${reason}`]);
    expect([again.finished, again.fvd]).toEqual([[], undefined]);
    expect(readdirSync(again.folder)).toEqual(["settings.json"]);
  }
});

test("states of other settings stay, and are told with what differs", async () => {
  const root = temporaryFolder();
  const first = await EvaluationState.open(root, settings, [a]);
  await first.add(a, undefined, undefined);
  const sampling = { ...settings.sampling, fit: "crop", height: 32, width: 32 } as const;
  const others: EvaluationSettings = {
    ...{ ...settings, sampling, precision: "bf16", metrics: ["psnr"] },
    checkpoint: { file: "b.ckpt", sha256: "1" },
  };
  const second = await EvaluationState.open(root, others, [a]);
  expect(second.finished).toEqual([]);
  expect(second.notes).toEqual([
    `${first.folder} has 1 finished video of other settings, not continued: checkpoint seed 42, now none, precision f32, now bf16, sampling.height 16, now 32, ...`,
  ]);
  await second.remove();
  expect(readdirSync(root)).toHaveLength(1);
  writeFileSync(join(root, "notes.txt"), "");
  const same = { ...settings, metrics: ["psnr"] };
  expect((await EvaluationState.open(root, same, [a])).notes).toEqual([
    `${first.folder} has 1 finished video of other settings, not continued: metrics psnr, fvd, now psnr`,
  ]);
});

test("a state whose removal was interrupted is gone, and what is left of it goes at the next run", async () => {
  const root = temporaryFolder();
  const first = await EvaluationState.open(root, settings, [a, b]);
  await first.add(a, moments(2), Uint8Array.of(1));
  // As it is after a kill in the middle: renamed, and its picture removed.
  const rest = `${first.folder}.removed`;
  renameSync(first.folder, rest);
  rmSync(join(rest, "video-000001.png"));
  const again = await EvaluationState.open(root, settings, [a, b]);
  expect([again.finished, again.notes, existsSync(rest)]).toEqual([[], [], false]);
  await again.remove();
  expect(existsSync(root)).toBe(false);
});
