import type { Command } from "./command.ts";
import { table } from "./args/help.ts";
import { UsageError } from "./args/usageError.ts";
import { nearest } from "./args/nearest.ts";
import { report } from "./report.ts";
import type { World } from "./terminal/io.ts";
import { guarded } from "./terminal/screen.ts";
import { version } from "./version.ts";

interface Entry {
  readonly summary: string;
  load(): Promise<Command>;
}

// Commands are loaded only when they run, so that help never waits for the engine.
const COMMANDS: Readonly<Record<string, Entry>> = {
  reconstruct: {
    summary: "Encode a video, decode it again and write the result",
    load: async () => (await import("./commands/reconstruct.ts")).reconstruct,
  },
  evaluate: {
    summary: "Reconstruct the videos of a folder and measure how close they come",
    load: async () => (await import("./commands/evaluate.ts")).evaluate,
  },
  train: {
    summary: "Train a tokenizer on videos",
    load: async () => (await import("./commands/train.ts")).train,
  },
  convert: {
    summary: "Turn a checkpoint into .ckpt for PyTorch or .safetensors",
    load: async () => (await import("./commands/convert.ts")).convert,
  },
  metrics: {
    summary: "Measure how close videos are to others",
    load: async () => (await import("./commands/metrics.ts")).metrics,
  },
  download: {
    summary: "Fetch the weights that LPIPS and FVD measure with",
    load: async () => (await import("./commands/download.ts")).download,
  },
  data: {
    summary: "List the videos of a folder in a csv file",
    load: async () => (await import("./commands/data.ts")).data,
  },
  info: {
    summary: "Describe a video, a config or a checkpoint",
    load: async () => (await import("./commands/info.ts")).info,
  },
  doctor: {
    summary: "Tell what this machine can run, and why it cannot run the rest",
    load: async () => (await import("./commands/doctor.ts")).doctor,
  },
};

/** Runs one `vidtok` command line and resolves to its exit code: 0 done, 1 failed, 2 wrong usage, 130 interrupted. */
export async function main(argv: readonly string[], world: World): Promise<number> {
  const io = guarded(world);
  const [name, ...args] = argv;
  try {
    if (name === undefined) {
      io.stderr.write(help());
      return 2;
    }
    if (name === "help" || name === "--help" || name === "-h") {
      io.stdout.write(help());
      return 0;
    }
    if (name === "--version" || name === "-v") {
      io.stdout.write(`${version()}\n`);
      return 0;
    }
    const entry = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
    if (entry === undefined) {
      const near = nearest(name, Object.keys(COMMANDS));
      throw new UsageError(`${name}: no such command${near ? `; did you mean ${near}?` : ""}`);
    }
    const { runCommand } = await import("./runCommand.ts");
    return await runCommand(await entry.load(), args, io);
  } catch (error) {
    return report(error, { command: name, debug: args.includes("--debug"), io });
  }
}

function help(): string {
  const rows = Object.entries(COMMANDS).map(([name, { summary }]) => [name, summary] as const);
  return `Video tokenizers: turn clips into small grids of latents or integers, and back.

usage: vidtok COMMAND [flags]

${table(rows)}

  vidtok COMMAND --help   flags of a command
  vidtok --version        version of this program
`;
}
