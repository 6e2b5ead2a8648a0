import { ffprobe, number, ratio } from "./ffprobe.ts";
import type { Fields } from "./ffprobe.ts";
import { checkInputFile } from "./inputFile.ts";
import { timelineOf, uncounted } from "./timeline.ts";
import type { Packet, Timeline } from "./timeline.ts";
import { VideoError } from "./videoError.ts";

/** What a video file holds, as far as reading frames needs it. */
export interface VideoInfo {
  readonly path: string;
  /** Width in pixels as displayed, after rotation. */
  readonly width: number;
  /** Height in pixels as displayed, after rotation. */
  readonly height: number;
  /** Average frames per second. */
  readonly fps: number;
  /** Exact number of frames. */
  readonly frames: number;
  /** Seconds. */
  readonly duration: number;
  /** Degrees clockwise that players turn the stored picture by: 0, 90, 180 or 270 as a rule. */
  readonly rotation: number;
  /** ffmpeg's name of the video codec, for example "h264". */
  readonly codec: string;
  readonly hasAudio: boolean;
}

/** A probed file with what the decoder needs to find frames. */
export interface ProbedVideo {
  readonly info: VideoInfo;
  /** Index of the video stream among the file's streams. */
  readonly stream: number;
  readonly timeline: Timeline;
}

/** All packets of one stream. */
interface Track {
  packets: number;
  /** Where the last shown packet ends, in ticks. */
  end: number;
  isLastCut: boolean;
  readonly shown: Packet[];
}

// Keyed by the info a caller holds, so that reading with it does not probe again.
const probed = new WeakMap<VideoInfo, ProbedVideo>();

const wanted = [
  "packet=stream_index,pts,dts,duration,flags",
  "stream=index,codec_type,codec_name,width,height,avg_frame_rate,r_frame_rate,time_base," +
    "nb_frames,start_pts,duration_ts,duration,field_order",
  "stream_tags=rotate",
  "stream_side_data=rotation",
  "stream_disposition=attached_pic",
  "format=format_name,duration",
].join(":");

/** Reads a video's metadata and its exact number of frames; nothing is decoded as a rule. */
export async function probeVideo(path: string, signal?: AbortSignal): Promise<VideoInfo> {
  return (await probe(path, signal)).info;
}

/** The decoder's view of a file that `probeVideo` has described, probed again if need be. */
export async function probedVideo(info: VideoInfo, signal?: AbortSignal): Promise<ProbedVideo> {
  return probed.get(info) ?? probe(info.path, signal);
}

/** Reads what `probeVideo` reads, with what the decoder needs. */
export async function probe(path: string, signal?: AbortSignal): Promise<ProbedVideo> {
  await checkInputFile(path);
  const tracks = new Map<number, Track>();
  const streams: Fields[] = [];
  let format: Fields = new Map();
  for await (const { kind, fields } of ffprobe(path, wanted, [], signal)) {
    if (kind === "packet") addPacket(tracks, fields);
    else if (kind === "stream") streams.push(fields);
    else if (kind === "format") format = fields;
  }

  const video = streams.find(
    (s) => s.get("codec_type") === "video" && s.get("disposition:attached_pic") !== "1",
  );
  if (video === undefined) {
    const found = streams.map((s) => s.get("codec_type")).join(", ") || "none";
    throw new VideoError(`video: ${path} has no video stream (streams: ${found})`);
  }

  const stream = number(video, "index");
  const track = tracks.get(stream) ?? emptyTrack();
  checkWhole(path, video, track);
  const timeline = usableTimeline(video, track.shown);
  const frames = timeline.pts?.length ?? (await countByDecoding(path, stream, signal));
  if (frames === 0) throw new VideoError(`video: ${path} holds no frames`);

  const info: VideoInfo = {
    path,
    ...displayedSize(path, video),
    ...timing(video, format, frames),
    frames,
    codec: video.get("codec_name") ?? "unknown",
    hasAudio: streams.some((s) => s.get("codec_type") === "audio"),
  };
  const result = { info, stream, timeline };
  remember(result);
  return result;
}

/** Lets frames be read with the info of a video probed before, perhaps by another thread. */
export function remember(video: ProbedVideo): void {
  probed.set(video.info, video);
}

function emptyTrack(): Track {
  return { packets: 0, end: -Infinity, isLastCut: false, shown: [] };
}

function addPacket(tracks: Map<number, Track>, fields: Fields): void {
  const stream = number(fields, "stream_index");
  const track = tracks.get(stream) ?? emptyTrack();
  tracks.set(stream, track);
  const flags = fields.get("flags") ?? "";
  track.packets++;
  track.isLastCut = flags.includes("C");
  // Packets that an edit list hides are decoded but not shown.
  if (flags.includes("D")) return;
  const pts = number(fields, "pts");
  track.end = Math.max(track.end, pts + (number(fields, "duration") || 0));
  track.shown.push({ pts, dts: number(fields, "dts"), isKey: flags.includes("K") });
}

function checkWhole(path: string, video: Fields, { packets, end, isLastCut }: Track): void {
  const declared = number(video, "nb_frames");
  const duration = number(video, "duration_ts");
  // Fewer packets than declared may also mean an edit list, but then the times reach the end.
  const missing = number(video, "start_pts") + duration - end;
  const isShort = declared > packets && missing > (1.5 * duration) / declared;
  if (isLastCut || isShort) {
    const found = isShort ? `${packets} of ${declared} frames are there` : "its last frame is cut";
    throw new VideoError(`video: ${path} is truncated: ${found}`);
  }
}

function usableTimeline(video: Fields, shown: readonly Packet[]): Timeline {
  const order = video.get("field_order") ?? "unknown";
  // A packet may be one field of a frame, or (VP8) a frame that is never shown.
  const isFramePerPacket =
    (order === "progressive" || order === "unknown") && video.get("codec_name") !== "vp8";
  return (isFramePerPacket ? timelineOf(shown, ratio(video, "time_base")) : null) ?? uncounted;
}

async function countByDecoding(
  path: string,
  stream: number,
  signal: AbortSignal | undefined,
): Promise<number> {
  let frames = 0;
  const options = ["-select_streams", String(stream), "-count_frames"];
  for await (const { kind, fields } of ffprobe(path, "stream=nb_read_frames", options, signal)) {
    if (kind === "stream") frames = number(fields, "nb_read_frames") || 0;
  }
  return frames;
}

function displayedSize(
  path: string,
  video: Fields,
): Pick<VideoInfo, "width" | "height" | "rotation"> {
  const rotation = clockwise(video);
  const [width, height] = [number(video, "width"), number(video, "height")];
  if (!(width > 0 && height > 0)) throw new VideoError(`video: ${path} has no picture size`);
  return rotation % 180 === 90
    ? { width: height, height: width, rotation }
    : { width, height, rotation };
}

function clockwise(video: Fields): number {
  const tag = number(video, "tag:rotate");
  // The display matrix counts anticlockwise; releases of ffprobe differ in its name.
  const name = [...video.keys()].find((key) => key === "rotation" || key.endsWith(":rotation"));
  const degrees = name === undefined ? tag || 0 : -number(video, name);
  return ((Math.round(degrees) % 360) + 360) % 360;
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
