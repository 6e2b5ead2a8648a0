import { commandHelp } from "./args/help.ts";
import { parse } from "./args/parse.ts";
import { UsageError } from "./args/usageError.ts";
import type { Command } from "./command.ts";
import type { Io } from "./terminal/io.ts";

/** Parses the arguments of a command and runs it, or prints its help; resolves to the exit code. */
export async function runCommand(
  command: Command,
  args: readonly string[],
  io: Io,
): Promise<number> {
  if (args.includes("--help") || args.includes("-h")) {
    io.stdout.write(commandHelp(command));
    return 0;
  }
  const { values, rest } = parse(args, command.flags);
  const { least, most, shown } = command.rest;
  if (rest.length < least || rest.length > most) {
    const came = rest.length === 0 ? "nothing" : rest.map((each) => `"${each}"`).join(" ");
    throw new UsageError(`${command.name}: got ${came}, needed ${shown || "only flags"}`);
  }
  return await command.run(values, rest, io);
}
