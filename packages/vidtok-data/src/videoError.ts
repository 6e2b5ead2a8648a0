/** A video that cannot be read or written: the message is one line that names the file and why. */
export class VideoError extends Error {
  override readonly name = "VideoError";
  /** What ffmpeg or ffprobe wrote to stderr, up to its last 16 kB; "" when it was not asked. */
  readonly detail: string;

  constructor(message: string, detail = "") {
    super(message);
    this.detail = detail;
  }
}
