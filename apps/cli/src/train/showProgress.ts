import { line } from "../report.ts";
import type { Io } from "../terminal/io.ts";
import { progress } from "../terminal/progress.ts";
import type { Progress } from "../terminal/progress.ts";
import { count } from "../terminal/units.ts";
import type { Told } from "./work.ts";

/** Draws what a training run tells, on stderr. */
export interface TrainingView {
  onTold(told: Told): void;
  /** Prints a line without breaking the bar. */
  say(text: string): void;
  end(): void;
}

/** A view that begins with the run's start event. */
export function trainingView(io: Io): TrainingView {
  let bar: Progress | undefined;
  const say = (text: string): void => (bar ? bar.log(text) : line(io, text));
  return {
    say,
    onTold(event) {
      switch (event.kind) {
        case "start": {
          const { dir, parameters, trainClips, backend, mode } = event;
          line(io, `${count(parameters)} parameters, ${count(trainClips)} videos, into ${dir}`);
          line(io, `computing on ${backend} (${mode}); ${event.memory}`);
          bar = progress(io, "train", event.steps, event.step);
          return;
        }
        case "step":
          bar?.update(event.step, [
            ...scalars(event.scalars),
            `${event.stepsPerSecond.toPrecision(3)} steps/s`,
          ]);
          return;
        case "validation":
          say(`validation at ${event.step}: ${scalars(event.scalars).join("  ")}`);
          return;
        case "checkpoint":
          say(`checkpoint at ${event.step}: ${event.path}`);
          return;
        case "notice":
        case "line":
          say(event.text);
          return;
        default:
          event satisfies never;
      }
    },
    end: () => bar?.end(),
  };
}

function scalars(all: ReadonlyMap<string, number>): readonly string[] {
  const [loss, psnr] = [all.get("rec_loss"), all.get("psnr")];
  return [
    ...(loss === undefined ? [] : [`loss ${loss.toPrecision(4)}`]),
    ...(psnr === undefined ? [] : [`psnr ${psnr.toFixed(2)} dB`]),
  ];
}
