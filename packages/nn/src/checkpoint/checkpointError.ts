// Names and shapes come from the file and can be megabytes long.
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
  if (detail.length <= longestDetail) return detail;
  return `${detail.slice(0, longestDetail - 300)} […] ${detail.slice(-300)}`;
}
