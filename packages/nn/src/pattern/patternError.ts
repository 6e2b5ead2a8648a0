/** A pattern that is not one, or that uses what is not supported; the message shows it. */
export class PatternError extends Error {
  override readonly name = "PatternError";

  constructor(pattern: string, reason: string) {
    const shown = pattern.length > 60 ? `${pattern.slice(0, 60)}…` : pattern;
    super(`pattern ${JSON.stringify(shown)}: ${reason}`);
  }
}
