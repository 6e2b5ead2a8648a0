import type { Io, Screen } from "../src/terminal/io.ts";
import { screen } from "../src/terminal/screen.ts";

/** A world in memory: what was written, a clock to turn by hand, and a Ctrl-C to press. */
export interface FakeIo extends Io {
  readonly out: () => string;
  readonly err: () => string;
  advance(ms: number): void;
  interrupt(): void;
}

/** A world without a terminal, unless `tty` gives its width. */
export function fakeIo(options: { tty?: number; env?: Io["env"] } = {}): FakeIo {
  const written = { out: "", err: "" };
  let clock = 0;
  const controller = new AbortController();
  const stream = (name: "out" | "err"): Screen =>
    screen({
      write: (text) => (written[name] += text),
      ...(options.tty === undefined ? {} : { isTTY: true, columns: options.tty }),
    });
  return {
    stdout: stream("out"),
    stderr: stream("err"),
    env: options.env ?? {},
    now: () => clock,
    signal: controller.signal,
    out: () => written.out,
    err: () => written.err,
    advance: (ms) => (clock += ms),
    interrupt: () => controller.abort(),
  };
}
