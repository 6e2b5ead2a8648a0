import { hasColor } from "./io.ts";
import type { Io } from "./io.ts";
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
  const paint = hasColor(stderr, io.env) ? (text: string) => `\u001b[36m${text}\u001b[39m` : String;
  const start = io.now();
  let last = isLive ? -Infinity : start;
  let isStarted = false;
  let shown = "";
  let text = "";

  const draw = (): void => {
    if (!isLive) stderr.write(`${text}\n`);
    else stderr.write(`\r\u001b[2K${text}`);
    shown = text;
  };
  return {
    update(done, notes = []) {
      isStarted ||= done > first;
      const elapsed = io.now() - start;
      const rest = done > first ? (elapsed / (done - first)) * (total - done) : NaN;
      const eta = done < total && Number.isFinite(rest) ? [`${duration(rest)} left`] : [];
      const parts = [`${done}/${total}`, ...notes, duration(elapsed), ...eta];
      const tail = parts.join("  ");
      if (isLive) {
        const filled = Math.round((BAR * Math.min(done, total)) / Math.max(total, 1));
        const room = Math.max((stderr.columns ?? 80) - title.length - BAR - 4, 0);
        const bar = paint("━".repeat(filled)) + "╌".repeat(BAR - filled);
        text = `${title} ${bar} ${tail.slice(0, room)}`;
      } else {
        text = `${title} ${tail}`;
      }
      const pause = isLive ? EVERY_MS : LINE_EVERY_MS;
      if (io.now() - last < pause && done < total) return;
      last = io.now();
      draw();
    },
    log(message) {
      if (isLive) stderr.write("\r\u001b[2K");
      stderr.write(`${message}\n`);
      if (isLive && text !== "") draw();
    },
    end() {
      if (text !== shown && isStarted) draw();
      if (isLive && shown !== "") stderr.write("\n");
    },
  };
}
