/** The command line asks for something that does not exist or makes no sense: exit code 2 and a usage hint. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
