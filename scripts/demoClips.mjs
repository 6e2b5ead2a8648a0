// The demo's videos: landscapes, clouds and fractals that move, made by ffmpeg's lavfi sources alone.
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";

const SIZE = 128;
const FPS = 24;
const FRAMES = 72;

/** A number in [0, 1) for every pair of numbers, as an expression of ffmpeg. */
const hash = (x, y, seed) => `mod(abs(sin((${x})*12.9898+(${y})*78.233+${seed}*3.7)*43758.5453),1)`;

/** A chain that repeats the one frame before it at the clips' frame rate. */
const still = `loop=loop=-1:size=1,setpts=N/${FPS}/TB,fps=${FPS}`;

/** Grey noise with structure at all scales, 512 × 256. */
function noise(seed, out) {
  const octaves = [64, 32, 16, 8, 4];
  const graph = octaves.map(
    (rows, i) =>
      `nullsrc=s=${2 * rows}x${rows}:d=1:r=1,format=gray,geq=lum='255*${hash("X", "Y", seed + i)}',` +
      `scale=512:256:flags=bicubic,setsar=1[${out}${i}]`,
  );
  octaves.slice(1).forEach((_, i) => {
    const fine = i === 0 ? `${out}0` : `${out}sum${i}`;
    graph.push(`[${fine}][${out}${i + 1}]blend=all_expr='A*0.36+B*0.64'[${out}sum${i + 1}]`);
  });
  graph.push(`[${out}sum${octaves.length - 1}]eq=contrast=1.9[${out}]`);
  return graph;
}

/** A mountain range [r, g, b] with a rough outline around row `base`, transparent above it. */
function ridge(out, { seed, base, height, color, light, travel }) {
  const width = SIZE + Math.ceil(FRAMES * Math.abs(travel)) + 2;
  const waves = [1, 2.3, 5.1, 11.7, 23].map(
    (f, i) => `${height / 1.9 ** i}*sin(X*${0.025 * f}+${seed * (1.3 + i)})`,
  );
  const top = `(${base}+${waves.join("+")})`;
  const grain = `26*(${hash("floor(X/2)", "floor(Y/2)", seed)}-0.5)+14*sin(X*0.31+Y*0.23+${seed})`;
  const channel = (c) => `'clip(${color[c]}+${light}*(Y-${top})+${grain},0,255)'`;
  const start = travel < 0 ? FRAMES * -travel : 0;
  return [
    `nullsrc=s=${width}x${SIZE}:d=1:r=1,format=gbrap,geq=r=${channel(0)}:g=${channel(1)}:b=${channel(2)}:` +
      `a='clip(255*(Y-${top}),0,255)',scale=${4 * width}:${4 * SIZE}:flags=bicubic,${still},` +
      `crop=${4 * SIZE}:${4 * SIZE}:'4*(${start}+${travel}*n)':0,scale=${SIZE}:${SIZE}:flags=area[${out}]`,
  ];
}

/** Mountains that pass at three speeds below drifting clouds and a sinking sun. */
function landscape({ seed, sky: [top, bottom], sun, ridges, clouds = 0.8, speed }) {
  const channel = (c) =>
    `'clip(${top[c]}+(${bottom[c] - top[c]})*Y/H+${sun[c]}*exp(-(hypot(X-${40 + ((seed * 37) % 50)},Y-30)/14)^2),0,255)'`;
  const layers = ridges.map((color, i) =>
    ridge(`ridge${i}`, {
      seed: seed + 2.7 * i,
      base: [62, 84, 108][i],
      height: [11, 9, 7][i],
      light: [0.7, 0.9, 1.4][i],
      travel: speed * [0.3, 0.7, 1.5][i],
      color,
    }),
  );
  const overlays = ridges.map((_, i) => `[scene${i}][ridge${i}]overlay[scene${i + 1}]`);
  return [
    `nullsrc=s=${SIZE}x${SIZE}:d=1:r=1,format=gbrp,geq=r=${channel(0)}:g=${channel(1)}:b=${channel(2)},${still}[sky]`,
    ...noise(seed, "clouds"),
    `[clouds]format=rgba,colorchannelmixer=rr=0.2:gg=0.2:bb=0.2:ra=0.8:ga=0.8:ba=0.8:ar=${clouds}:aa=0,` +
      `${still},crop=256:160:'100+${20 * speed}*t':40,scale=${SIZE}:80:flags=area[drift]`,
    "[sky][drift]overlay[scene0]",
    ...layers.flat(),
    ...overlays,
    `[scene${ridges.length}]null[out]`,
  ];
}

/** Coloured smoke under a camera that moves as `motion` says. */
function smoke({ seed, grade, motion }) {
  return [
    ...["r", "g", "b"].flatMap((plane, i) => noise(seed + 17 * i, plane)),
    `[g][b][r]mergeplanes=0x001020:gbrp,${grade},${still},${motion},scale=${SIZE}:${SIZE}:flags=area[out]`,
  ];
}

const mandelbrot = ({ x, y, from, to, grade }) => [
  `mandelbrot=s=384x384:r=${FPS}:start_x=${x}:start_y=${y}:start_scale=${from}:end_scale=${to}:` +
    `end_pts=${FRAMES}:maxiter=400,${grade},gblur=2,scale=${SIZE}:${SIZE}:flags=area[out]`,
];

/** A colour [r, g, b] from a hue in turns, a chroma and a lightness in 0 to 255. */
function color(hue, chroma, lightness) {
  return [0, 1, 2].map((c) =>
    Math.round(lightness + chroma * Math.cos(2 * Math.PI * (hue - c / 3))),
  );
}

/** Numbers in [0, 1) that belong to a seed, one for each call. */
function draws(seed) {
  let drawn = 0;
  return () => ((Math.sin(seed * 91.7 + ++drawn * 47.3) * 43758.5453) % 1) / 2 + 0.5;
}

/** The landscape of a number: its weather, its colours, its speed. */
function landscapeOf(number, isNear) {
  const draw = draws(number);
  const between = (low, high) => low + (high - low) * draw();
  const light = between(0.55, 1);
  const clip = landscape({
    seed: number * 1.37 + 1,
    sky: [
      color(between(0.58, 0.64), between(40, 70), 140 * light),
      color(between(0.05, 0.15), between(0, 30), 215 * light),
    ],
    sun: color(0.1, 30, between(60, 140)),
    ridges: [
      color(between(0.6, 0.8), between(5, 25), 150 * light),
      color(between(0.15, 0.45), between(5, 25), 115 * light),
      color(between(0.05, 0.35), between(5, 25), 75 * light),
    ],
    clouds: between(0.3, 0.9),
    speed: between(0.4, 0.9) * (draw() < 0.5 ? 1 : -1),
  });
  if (!isNear) return clip;
  const place = `${Math.round(between(0, 80))}:${Math.round(between(20, 70))}`;
  return [
    ...clip.slice(0, -1),
    `${clip.at(-1).replace("[out]", "")},crop=48:48:${place},` +
      `scale=${SIZE}:${SIZE}:flags=bicubic[out]`,
  ];
}

/** The smoke of a number: its colours, and how the camera moves over it. */
function smokeOf(number) {
  const draw = draws(number + 100);
  const row = () => [0, 1, 2].map(() => (0.8 * draw()).toFixed(2)).join(":") + ":0";
  const size = Math.round(100 + 100 * draw());
  return smoke({
    seed: 3 * number + 2,
    grade: `colorchannelmixer=${row()}:${row()}:${row()},hue=s=0.4,eq=brightness=${(0.2 * draw() - 0.1).toFixed(2)}`,
    motion: `crop=${size}:${size}:'150+60*sin(${(2 * draw()).toFixed(2)}*t)':'28+26*cos(${(2 * draw()).toFixed(2)}*t)'`,
  });
}

const numbered = (name, count, make) =>
  Array.from({ length: count }, (_, i) => [`${name}${i}`, make(i)]);

const training = [
  ...numbered("landscape", 14, (i) => landscapeOf(i, false)),
  ...numbered("detail", 7, (i) => landscapeOf(i + 20, true)),
  ...numbered("smoke", 3, smokeOf),
  [
    "fractal",
    mandelbrot({
      x: -0.743643887,
      y: -0.131825904,
      from: 0.03,
      to: 0.006,
      grade: "hue=s=0.5",
    }),
  ],
];

const heldOut = landscapeOf(33, false);

/** Writes `graph`'s output to `path`, unless it is there. */
function writeClip(ffmpeg, path, graph) {
  if (existsSync(path)) return Promise.resolve();
  mkdirSync(dirname(path), { recursive: true });
  const aside = `${path}.part`;
  const args = [
    ...["-v", "error", "-y", "-filter_complex", graph.join(";"), "-map", "[out]"],
    ...["-frames:v", FRAMES, "-c:v", "libx264", "-crf", 12, "-pix_fmt", "yuv420p", "-f", "mp4"],
  ];
  return new Promise((done, fail) => {
    const child = spawn(ffmpeg, [...args.map(String), aside], { stdio: ["ignore", 2, "pipe"] });
    const stop = () => child.kill("SIGKILL");
    process.once("exit", stop);
    let said = "";
    child.stderr.on("data", (text) => (said += text));
    child.on("error", fail);
    child.on("close", (code) => {
      process.removeListener("exit", stop);
      if (code === 0) {
        renameSync(aside, path);
        done();
      } else {
        rmSync(aside, { force: true });
        fail(new Error(`demo: ffmpeg made no ${path}: ${said.trim()}`));
      }
    });
  });
}

/** Makes the demo's clips in `dir` where they are missing; resolves to the training folder and the clip that is held out. */
export async function makeClips(ffmpeg, dir) {
  const train = join(dir, "train");
  const held = join(dir, "held-out", "valley.mp4");
  const clips = training.map(([name, graph]) => [join(train, `${name}.mp4`), graph]);
  const queue = [[held, heldOut], ...clips];
  const work = async () => {
    for (let next = queue.shift(); next; next = queue.shift()) await writeClip(ffmpeg, ...next);
  };
  await Promise.all([work(), work()]);
  return { train, heldOut: held };
}
