import type { VideoInfo } from "@vidtok/data";

/** What may differ between the videos of a pair. */
export interface Allowances {
  readonly resize: boolean;
  readonly trim: boolean;
}

// 30 and 29.97 frames per second differ by 0.1 %; what containers round is less.
const SAME_RATE = 5e-4;

/** How many frames of two videos are compared; an error where the videos differ in what is not allowed. */
export function comparableFrames(real: VideoInfo, fake: VideoInfo, allowed: Allowances): number {
  const differ = (what: string, a: string, b: string, fix: string): never => {
    throw new Error(
      `metrics: ${real.path} and ${fake.path} differ in ${what}, ${a} and ${b}; ${fix}`,
    );
  };
  const [a, b] = [real, fake].map(({ width, height }) => `${width} x ${height}`);
  if (a !== b && !allowed.resize) differ("size", a!, b!, "--resize scales the second");
  if (!allowed.trim) {
    const fix = "--trim compares as many frames as both have, one by one";
    const rates = [real.fps, fake.fps] as const;
    if (Math.abs(rates[0] - rates[1]) > SAME_RATE * Math.max(...rates)) {
      const [one, other] = rates.map((fps) => String(Number(fps.toFixed(3))));
      differ("frames per second", one!, other!, fix);
    }
    if (real.frames !== fake.frames) differ("frames", `${real.frames}`, `${fake.frames}`, fix);
  }
  return Math.min(real.frames, fake.frames);
}
