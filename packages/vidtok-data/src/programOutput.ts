import type { Child } from "./child.ts";
import { patienceWith } from "./limits.ts";
import { withPatience } from "./patience.ts";
import { VideoError } from "./videoError.ts";

/**
 * What ffmpeg or ffprobe writes about a file, until it has ended. Throws a `VideoError` when it
 * writes nothing, and `progress` does not grow, for longer than reading a file of that size takes.
 */
export async function* programOutput(
  child: Child,
  path: string,
  progress?: () => number,
): AsyncGenerator<Uint8Array | string, void, undefined> {
  const seconds = patienceWith(path);
  let isStalled = false;
  const giveUp = (): void => {
    isStalled = true;
    child.kill();
  };
  yield* withPatience(untilEnd(child), { seconds, progress, giveUp });
  if (!isStalled) return;
  throw new VideoError(
    `video: ${path} cannot be read: ffmpeg printed nothing for ${Math.round(seconds)} seconds`,
    (await child.ended).stderr,
  );
}

async function* untilEnd(child: Child): AsyncGenerator<Uint8Array | string> {
  yield* child.stdout as AsyncIterable<Uint8Array | string>;
  await child.ended;
}
