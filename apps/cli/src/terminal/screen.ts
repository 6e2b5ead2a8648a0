import type { Control, Io, Screen, Terminal, World } from "./io.ts";
import { printableLines } from "./printable.ts";

const sequences: Readonly<Record<Control, string>> = {
  "clear line": "\r\u001b[2K",
  red: "\u001b[31m",
  cyan: "\u001b[36m",
  "default colour": "\u001b[39m",
};

/**
 * The world with its terminals guarded: names of files and tensors cannot move the cursor or turn
 * text round.
 */
export function guarded(world: World): Io {
  const { stdout, stderr, env, signal } = world;
  return { env, signal, now: () => world.now(), stdout: screen(stdout), stderr: screen(stderr) };
}

/**
 * A terminal that shows the control characters of texts as escapes; one that does so already stays.
 */
export function screen(terminal: Terminal): Screen {
  if (isScreen(terminal)) return terminal;
  return {
    write: (text) => terminal.write(printableLines(text)),
    control: (code) => void terminal.write(sequences[code]),
    get isTTY() {
      return terminal.isTTY === true;
    },
    // Follows the window's size.
    get columns() {
      return terminal.columns ?? 80;
    },
  };
}

function isScreen(terminal: Terminal): terminal is Screen {
  return "control" in terminal;
}
