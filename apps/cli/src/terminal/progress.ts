import { hasColor } from "./io.ts";
import type { Io } from "./io.ts";
import { printable } from "./printable.ts";
import { duration } from "./units.ts";

/** A bar on a terminal, or a line now and then where there is none. */
export interface Progress {
  /** `done` of the total, and what is worth knowing, such as `loss 0.123`. */
  update(done: number, notes?: readonly string[]): void;
  /** Prints a line of its own above the bar. */
  log(text: string): void;
  /** Leaves the last state on the screen and ends the line. */
  end(): void;
}

const BAR = 24;
const EVERY_MS = 100;
const LINE_EVERY_MS = 5000;

/** Progress of `total` steps named `title`, drawn on stderr. */
export function progress(io: Io, title: string, total: number, first = 0): Progress {
  const { stderr } = io;
  const isLive = stderr.isTTY === true && io.env["TERM"] !== "dumb";
  const isColored = hasColor(stderr, io.env);
  const name = printable(title);
  const start = io.now();
  let last = isLive ? -Infinity : start;
  let isStarted = false;
  let shown = "";
  let [bar, rest, tail] = ["", "", ""];
  const text = (): string => `${name} ${bar}${rest}${tail}`;

  const draw = (): void => {
    shown = text();
    if (!isLive) {
      stderr.write(`${shown}\n`);
      return;
    }
    stderr.control("clear line");
    stderr.write(`${name} `);
    if (isColored) stderr.control("cyan");
    stderr.write(bar);
    if (isColored) stderr.control("default colour");
    stderr.write(`${rest}${tail}`);
  };
  return {
    update(done, notes = []) {
      isStarted ||= done > first;
      const elapsed = io.now() - start;
      const left = done > first ? (elapsed / (done - first)) * (total - done) : NaN;
      const eta = done < total && Number.isFinite(left) ? [`${duration(left)} left`] : [];
      const parts = [`${done}/${total}`, ...notes, duration(elapsed), ...eta];
      tail = printable(parts.join("  "));
      if (isLive) {
        const filled = Math.round((BAR * Math.min(done, total)) / Math.max(total, 1));
        const room = Math.max((stderr.columns ?? 80) - name.length - BAR - 4, 0);
        [bar, rest, tail] = [
          "━".repeat(filled),
          `${"╌".repeat(BAR - filled)} `,
          tail.slice(0, room),
        ];
      }
      const pause = isLive ? EVERY_MS : LINE_EVERY_MS;
      if (io.now() - last < pause && done < total) return;
      last = io.now();
      draw();
    },
    log(message) {
      if (isLive) stderr.control("clear line");
      stderr.write(`${printable(message)}\n`);
      if (isLive && tail !== "") draw();
    },
    end() {
      if (text() !== shown && isStarted) draw();
      if (isLive && shown !== "") stderr.write("\n");
    },
  };
}
