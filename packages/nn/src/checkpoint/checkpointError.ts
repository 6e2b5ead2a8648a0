// Names and shapes come from the file and can be megabytes long.
const longestWord = 240;
const longestDetail = 2000;

/** A checkpoint file that cannot be read, written or does not fit: says which file, where in it, and what was expected. */
export class CheckpointError extends Error {
  override readonly name = "CheckpointError";
  readonly path: string;
  /** Byte offset in the file, where one is known. */
  readonly offset: number | undefined;

  constructor(path: string, offset: number | undefined, detail: string, options?: ErrorOptions) {
    super(
      `checkpoint: ${path}${offset === undefined ? "" : `, offset ${offset}`}: ${shortened(detail)}`,
      options,
    );
    this.path = path;
    this.offset = offset;
  }
}

function shortened(detail: string): string {
  const words = detail.split(" ").map((word) => cut(word, longestWord));
  return cut(words.join(" "), longestDetail);
}

function cut(text: string, longest: number): string {
  if (text.length <= longest) return text;
  const end = Math.floor(longest / 4);
  return `${text.slice(0, longest - end)}[…]${text.slice(-end)}`;
}
