import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import "@vidtok/backend-native";
import { ffmpegPath, readFrames } from "@vidtok/data";
import { psnr, ssim } from "@vidtok/metrics";
import { Lpips } from "@vidtok/metrics/nets";
import { initialize, stateDict, writeSafetensors } from "@vidtok/nn";
import { useBackend } from "@vidtok/tensor";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { main } from "../../src/main.ts";
import { fakeIo } from "../fakeIo.ts";
import { temporaryFolder, testVideo } from "../videos.ts";

beforeEach(() => {
  vi.stubEnv("VIDTOK_CACHE", "no-weights");
  vi.stubEnv("TORCH_HOME", "no-weights");
});

afterEach(() => {
  vi.unstubAllEnvs();
});

async function metrics(...args: string[]) {
  const io = fakeIo();
  const code = await main(["metrics", ...args], io);
  return { code, out: io.out(), err: io.err() };
}

/** A worse copy of a video, through ffmpeg's `filters`. */
function worse(path: string, copy: string, filters: string, ...options: string[]): string {
  const codec = ["-c:v", "libx264", "-crf", "35", "-pix_fmt", "yuv420p"];
  execFileSync(ffmpegPath(), [
    ...["-v", "error", "-y", "-i", path, "-vf", filters, ...codec, ...options, copy],
  ]);
  return copy;
}

test("two files are measured frame by frame, by what needs no weights", async () => {
  const folder = temporaryFolder();
  const real = testVideo(folder, 20);
  const fake = worse(real, join(folder, "copy.mp4"), "null");
  const { code, out } = await metrics(real, fake, "--json");
  expect(code).toBe(0);
  const indices = Array.from({ length: 20 }, (_, i) => i);
  const frames = [await readFrames(real, indices), await readFrames(fake, indices)] as const;
  const expected = { psnr: psnr(...frames), ssim: ssim(...frames) };
  const result = JSON.parse(out) as Record<string, unknown>;
  expect(result).toMatchObject({ real, fake, backend: null, total: { frames: 20 } });
  for (const name of ["psnr", "ssim"] as const) {
    const { frames: each, mean, settings } = expected[name];
    expect(result).toMatchObject({
      videos: [{ name: "moving.mp4", frames: 20, scores: { [name]: { frames: [...each] } } }],
      settings: { [name]: { ...settings, range: [0, 255] } },
    });
    expect((result["total"] as Record<string, number>)[name]).toBeCloseTo(mean, 12);
  }
});

test("a table names the videos, and notes what is left out", async () => {
  const real = testVideo(temporaryFolder(), 4);
  const { code, out, err } = await metrics(real, real);
  expect(code).toBe(0);
  expect(out).toMatchInlineSnapshot(`
    "video       frames   psnr    ssim
    moving.mp4       4  80.00  1.0000
    "
  `);
  expect(err).toContain(
    "vidtok: lpips is left out: lpips: no vgg16-397923af.pth and no vgg.pth in",
  );
  expect(err).toContain("fvd is left out: fvd needs 2 clips of 10 to 16 frames, and there are 0\n");
});

test("folders are matched by name, and CSV has a line per video and the total", async () => {
  const folder = temporaryFolder();
  const real = testVideo(folder, 3);
  const [reals, fakes] = [join(folder, "reals"), join(folder, "fakes")];
  for (const each of [reals, fakes]) mkdirSync(each);
  copyFileSync(real, join(reals, "a, b.mp4"));
  copyFileSync(real, join(reals, "c.mp4"));
  copyFileSync(real, join(fakes, "a, b.mp4"));
  worse(real, join(fakes, "c.mkv"), "null");
  writeFileSync(join(fakes, "notes.txt"), "no video");
  const { code, out } = await metrics(reals, fakes, "--metrics", "psnr", "--csv");
  expect(code).toBe(0);
  const lines = out.split("\r\n").map((line) => line.replace(/\d\d\.\d{5,}/, "N"));
  expect(lines).toEqual(["video,frames,psnr", '"a, b.mp4",3,80', "c.mp4,3,N", "total,6,N", ""]);
  const table = (await metrics(reals, fakes, "--metrics", "psnr,ssim")).out.split("\n");
  expect(table).toHaveLength(5);
  expect(table[0]).toBe("video     frames   psnr    ssim");
  expect(table[3]).toMatch(/^all {12}6 {2}\d\d\.\d\d {2}\d\.\d{4}$/);
});

test("a page shows the frames of the best, the median and the worst pair", async () => {
  const folder = temporaryFolder();
  const real = testVideo(folder, 8);
  const [reals, fakes] = [join(folder, "reals"), join(folder, "fakes")];
  for (const each of [reals, fakes]) mkdirSync(each);
  for (const [name, filters] of [
    ["a", "gblur=8"],
    ["b", "null"],
    ["c", "gblur=1"],
    ["d", "gblur=4"],
  ] as const) {
    copyFileSync(real, join(reals, `${name}.mp4`));
    worse(real, join(fakes, `${name}.mp4`), filters);
  }
  const report = join(folder, "new", "page");
  const { code } = await metrics(reals, fakes, "--metrics", "psnr,ssim", "--report", report);
  expect(code).toBe(0);
  expect(readdirSync(report)).toEqual(["index.html"]);
  const page = readFileSync(join(report, "index.html"), "utf8");
  const headings = [...page.matchAll(/<h3>(best|median|worst): (.*?)<\/h3>/g)];
  expect(headings.map(([, label, name]) => `${label} ${name}`)).toEqual([
    ...["best b.mp4", "median c.mp4", "worst a.mp4"],
  ]);
  const pictures = [...page.matchAll(/base64,([^"]+)"/g)].map(([, png]) =>
    Buffer.from(png!, "base64"),
  );
  // Six frames of 48 x 32 in a row, and three rows.
  expect(pictures.map((png) => [png.readUInt32BE(16), png.readUInt32BE(20)])).toEqual(
    pictures.map(() => [6 * 52 + 4, 3 * 36 + 4]),
  );
  expect(new Set(pictures.map((png) => png.toString("hex"))).size).toBe(3);
  expect((await metrics(reals, fakes, "--report", real)).code).toBe(2);
});

test("what differs is an error, unless it is allowed", async () => {
  const folder = temporaryFolder();
  const real = testVideo(folder, 6);
  const paths = (text: string): string => text.replaceAll(folder, "FOLDER");
  const small = worse(real, join(folder, "small.mp4"), "scale=24:16");
  const short = worse(real, join(folder, "short.mp4"), "null", "-frames:v", "4");
  const slow = worse(real, join(folder, "slow.mp4"), "setpts=2*PTS,fps=15");
  const failures = [
    await metrics(real, small),
    await metrics(real, short),
    await metrics(real, slow),
  ];
  expect(failures.map(({ code, out }) => ({ code, out }))).toEqual(
    failures.map(() => ({ code: 1, out: "" })),
  );
  expect(failures.map(({ err }) => paths(err))).toMatchInlineSnapshot(`
    [
      "vidtok: metrics: FOLDER/moving.mp4 and FOLDER/small.mp4 differ in size, 48 x 32 and 24 x 16; --resize scales the second
    ",
      "vidtok: metrics: FOLDER/moving.mp4 and FOLDER/short.mp4 differ in frames, 6 and 4; --trim compares as many frames as both have, one by one
    ",
      "vidtok: metrics: FOLDER/moving.mp4 and FOLDER/slow.mp4 differ in frames per second, 30 and 15; --trim compares as many frames as both have, one by one
    ",
    ]
  `);
  const only = ["--metrics", "psnr", "--json"];
  const resized = await metrics(real, small, "--resize", ...only);
  expect(JSON.parse(resized.out)).toMatchObject({ total: { frames: 6 }, resize: true });
  const trimmed = await metrics(real, short, "--trim", ...only);
  expect(JSON.parse(trimmed.out)).toMatchObject({ total: { frames: 4 }, trim: true });
  expect((await metrics(real, slow, "--trim", ...only)).code).toBe(0);
});

test("files that do not make pairs are errors", async () => {
  const folder = temporaryFolder();
  const real = testVideo(folder, 2);
  const [one, other, empty, twice] = ["one", "other", "empty", "twice"].map((name) => {
    mkdirSync(join(folder, name));
    return join(folder, name);
  });
  copyFileSync(real, join(one!, "a.mp4"));
  copyFileSync(real, join(one!, "b.mp4"));
  copyFileSync(real, join(other!, "c.mp4"));
  copyFileSync(real, join(twice!, "a.mp4"));
  copyFileSync(real, join(twice!, "a.mkv"));
  const messages: string[] = [];
  for (const [a, b] of [
    [one!, other!],
    [one!, real],
    [one!, empty!],
    [twice!, one!],
    [real, "missing.mp4"],
  ] as const) {
    const { code, err } = await metrics(a, b);
    expect(code).toBe(1);
    messages.push(err.replaceAll(folder, "FOLDER").trimEnd());
  }
  expect(messages).toMatchInlineSnapshot(`
    [
      "vidtok: metrics: FOLDER/one/a.mp4 and 2 more have no video of that name in the other folder",
      "vidtok: metrics: FOLDER/one is a folder but FOLDER/moving.mp4 is not; name two of a kind",
      "vidtok: metrics: FOLDER/empty has no videos",
      "vidtok: metrics: FOLDER/twice/a.mkv and FOLDER/twice/a.mp4 have the same name",
      "vidtok: video: missing.mp4 does not exist",
    ]
  `);
});

test("metrics that are asked for and cannot run are errors that say what to do", async () => {
  const real = testVideo(temporaryFolder(), 20);
  const failure = async (...args: string[]) => {
    const { code, err } = await metrics(real, real, ...args);
    return [code, ...err.trimEnd().split("\n")];
  };
  expect(await failure("--metrics", "lpips")).toEqual([
    1,
    "vidtok: lpips: no vgg16-397923af.pth and no vgg.pth in checkpoints/lpips, no-weights, no-weights/hub/checkpoints; name a VidTok checkpoint as weights, or run vidtok download lpips",
  ]);
  expect(await failure("--metrics", "psnr,fvd")).toEqual([
    1,
    "vidtok: metrics: fvd needs 2 clips of 10 to 16 frames, and there are 1",
  ]);
  const usage = "usage: vidtok metrics --help";
  const none = 'vidtok: --metrics: "vmaf" is none of psnr, ssim, lpips, fvd';
  expect(await failure("--metrics", "vmaf")).toEqual([2, none, usage]);
  const both =
    "vidtok: metrics: --csv and --json exclude each other on stdout; name a file for one";
  expect(await failure("--csv", "--json")).toEqual([2, both, usage]);
});

test("LPIPS is measured where its weights are in the cache", async () => {
  const folder = temporaryFolder();
  vi.stubEnv("VIDTOK_CACHE", folder);
  await useBackend("auto");
  const net = new Lpips();
  initialize(net, 0);
  const weights = [...stateDict(net)];
  const backbone = weights.filter(([name]) => name.startsWith("net."));
  const torchvision = backbone.map(
    ([name, value]) => [name.replace(/net\.slice\d\./, "features."), value] as const,
  );
  await writeSafetensors(join(folder, "vgg16-397923af.pth"), new Map(torchvision));
  const heads = weights.filter(([name]) => name.startsWith("lin"));
  await writeSafetensors(join(folder, "vgg.pth"), new Map(heads));
  net.dispose();
  const real = testVideo(folder, 2);
  const fake = worse(real, join(folder, "copy.mp4"), "null");
  const { code, out } = await metrics(real, fake, "--metrics", "lpips", "--json");
  expect(code).toBe(0);
  const found = JSON.parse(out) as { total: { lpips: number }; backend: string };
  expect(found.total.lpips).not.toBe(0);
  expect(found.backend).toMatch(/^\w+ \(.+\)$/);
  expect(found).toMatchObject({
    settings: {
      lpips: { weights: `${join(folder, "vgg16-397923af.pth")} and ${join(folder, "vgg.pth")}` },
    },
  });
});

test("JSON and CSV can go to files, and then the table is shown", async () => {
  const folder = temporaryFolder();
  const real = testVideo(folder, 2);
  const [json, csv] = [join(folder, "new", "a.json"), join(folder, "new", "b.csv")];
  const { code, out } = await metrics(real, real, "--json", json, "--csv", csv);
  expect(code).toBe(0);
  expect(out).toMatch(/^video {7}frames {3}psnr/);
  expect(JSON.parse(readFileSync(json, "utf8"))).toMatchObject({ real, total: { psnr: 80 } });
  expect(readFileSync(csv, "utf8")).toMatch(/^video,frames,psnr,ssim\r\nmoving.mp4,2,80,/);
  expect(readdirSync(join(folder, "new")).sort()).toEqual(["a.json", "b.csv"]);
  mkdirSync(join(folder, "c.json"));
  const refused = await metrics(real, real, "--json", join(folder, "c.json"));
  expect(refused).toMatchObject({ code: 2, out: "" });
  expect(refused.err).toContain("c.json is a folder");
});

test("an interrupted command says so", async () => {
  const real = testVideo(temporaryFolder(), 2);
  const io = fakeIo();
  io.interrupt();
  expect(await main(["metrics", real, real, "--metrics", "psnr"], io)).toBe(130);
});
