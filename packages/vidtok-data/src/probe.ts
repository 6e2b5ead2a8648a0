import { boundProblem } from "./complaint.ts";
import { damageOf } from "./damage.ts";
import type { DecodedStream } from "./decoderRun.ts";
import { number, ratio } from "./ffprobe.ts";
import type { Fields } from "./ffprobe.ts";
import { checkInputFile } from "./inputFile.ts";
import { listPackets } from "./listing.ts";
import { packetTimeline } from "./packets.ts";
import type { Listing } from "./packets.ts";
import type { Picture } from "./pictureLog.ts";
import { firstPicture, listPictures } from "./pictures.ts";
import { shapeOf } from "./shape.ts";
import { isShortFile } from "./shortFile.ts";
import { uncounted } from "./timeline.ts";
import type { TimedFrames, Timeline } from "./timeline.ts";
import { VideoError } from "./videoError.ts";
import type { VideoInfo } from "./videoInfo.ts";

/** A probed file with what the decoder needs to find frames. */
export interface ProbedVideo {
  readonly info: VideoInfo;
  readonly decoded: DecodedStream;
  readonly timeline: Timeline;
}

// Keyed by the info a caller holds, so that reading with it does not probe again.
const probed = new WeakMap<VideoInfo, ProbedVideo>();

/**
 * Reads a video's metadata and its exact number of frames. One picture is decoded; where packets
 * do not tell which pictures there are, all of them.
 */
export async function probeVideo(path: string, signal?: AbortSignal): Promise<VideoInfo> {
  return (await probe(path, signal)).info;
}

/** The decoder's view of a file that `probeVideo` has described, probed again if need be. */
export async function probedVideo(info: VideoInfo, signal?: AbortSignal): Promise<ProbedVideo> {
  return probed.get(info) ?? probe(info.path, signal);
}

/** Lets frames be read with the info of a video probed before, perhaps by another thread. */
export function remember(video: ProbedVideo): void {
  probed.set(video.info, video);
}

/** Reads what `probeVideo` reads, with what the decoder needs. */
export async function probe(path: string, signal?: AbortSignal): Promise<ProbedVideo> {
  await checkInputFile(path);
  const listing = await listPackets(path, signal);
  const { format, video, track } = listing;
  const codec = video.get("codec_name") ?? "unknown";
  const decoded: DecodedStream = {
    path,
    stream: number(video, "index"),
    pixels: number(video, "width") * number(video, "height") || 0,
    // This decoder shows grey pictures until then; others that matter show none.
    skipsToKey: codec === "hevc" && track.first?.isKey === false && track.keys > 0,
  };
  const first = await firstPicture(decoded, signal);
  if (first.picture === undefined) {
    const errors = first.errors.join("\n");
    const reason = errors === "" ? "holds no frames" : "holds no frames that can be decoded";
    throw new VideoError(`video: ${path} ${boundProblem(errors) ?? reason}`, errors);
  }
  const timed = await provenTimeline(decoded, listing, first.picture, signal);
  const counted = timed === null ? await listPictures(decoded, undefined, signal) : undefined;
  const frames = timed?.pts.length ?? counted?.pictures.length ?? 0;
  const info: VideoInfo = {
    path,
    ...shapeOf(video, first.picture),
    ...timing(video, format, frames),
    frames,
    codec,
    transfer: video.get("color_transfer") ?? "unknown",
    hasAudio: listing.streams.some((s) => s.get("codec_type") === "audio"),
    damage: damageOf({
      ...{ video, track, complaints: listing.complaints, frames, decoded: counted },
      format: format.get("format_name") ?? "",
      isShort: await isShortFile(path),
    }),
  };
  const result = { info, decoded, timeline: timed ?? uncounted };
  remember(result);
  return result;
}

/** The times that packets tell, if decoding agrees at the ends where an edit list may hide some. */
async function provenTimeline(
  decoded: DecodedStream,
  listing: Listing,
  first: Picture,
  signal: AbortSignal | undefined,
): Promise<TimedFrames | null> {
  const timed = packetTimeline(listing);
  if (timed === null || timed.pts[0] !== first.pts) return null;
  const last = timed.pts.at(-1)!;
  if (!listing.track.hidden.some(({ pts }) => pts > last)) return timed;
  const key = timed.keys.at(-1);
  const from = key === undefined ? first.pts : timed.pts[key.index]!;
  const { pictures } = await listPictures(decoded, key?.seek, signal);
  const shown = pictures.map(({ pts }) => pts).filter((pts) => pts >= from);
  const announced = timed.pts.slice(-shown.length);
  const isSame = announced[0] === from && announced.every((pts, i) => pts === shown[i]);
  return isSame ? timed : null;
}

function timing(
  video: Fields,
  format: Fields,
  frames: number,
): Pick<VideoInfo, "fps" | "duration"> {
  const seconds = number(video, "duration") || number(format, "duration") || 0;
  // 25 is what ffmpeg itself assumes of pictures without times.
  const fps =
    ratio(video, "avg_frame_rate") ||
    (seconds > 0 && frames > 1 ? frames / seconds : ratio(video, "r_frame_rate") || 25);
  return { fps, duration: seconds || frames / fps };
}
