import { number, ratio } from "./ffprobe.ts";
import type { Fields } from "./ffprobe.ts";
import { timelineOf } from "./timeline.ts";
import type { Packet, TimedFrames } from "./timeline.ts";

/** The packets of one stream, as the container lists them. */
export interface Track {
  packets: number;
  /** The first packet, hidden or not. */
  first: Packet | undefined;
  keys: number;
  readonly shown: Packet[];
  /** Packets that an edit list hides: they are decoded but not shown. */
  readonly hidden: Packet[];
  /** Packets of which a part is missing. */
  cut: number;
  isLastCut: boolean;
}

/** A stream without packets. */
export function emptyTrack(): Track {
  return { packets: 0, first: undefined, keys: 0, shown: [], hidden: [], cut: 0, isLastCut: false };
}

/** Appends a packet in the order of the file. */
export function addPacket(track: Track, fields: Fields): void {
  const flags = fields.get("flags") ?? "";
  const [pts, dts] = [number(fields, "pts"), number(fields, "dts")];
  const packet = { pts, dts, isKey: flags.includes("K") };
  track.packets++;
  if (packet.isKey) track.keys++;
  track.first ??= packet;
  track.isLastCut = flags.includes("C");
  if (track.isLastCut) track.cut++;
  (flags.includes("D") ? track.hidden : track.shown).push(packet);
}

// Their demuxers land on the key frame asked for and report the times that decoded pictures have.
const seekableContainers = ["mov", "matroska"];
// Each packet of theirs shows one picture, and decoding that begins at a key frame gives the same
// pictures as decoding from the start.
const seekableCodecs = new Set([
  ...["h264", "hevc", "vp9", "av1", "mjpeg", "prores", "dnxhd", "rawvideo"],
]);

/** What a container tells of a file without decoding. */
export interface Listing {
  readonly format: Fields;
  readonly streams: readonly Fields[];
  /** The first video stream that is no cover picture. */
  readonly video: Fields;
  /** Its packets. */
  readonly track: Track;
  /** What ffprobe complained of. */
  readonly complaints: string;
}

/**
 * When the pictures of a stream are shown, known from its packets; null where only decoding can
 * tell which pictures there are.
 */
export function packetTimeline({ format, video, track, complaints }: Listing): TimedFrames | null {
  const container = (format.get("format_name") ?? "").split(",")[0]!;
  const order = video.get("field_order") ?? "unknown";
  const { first, shown, hidden } = track;
  const isProven =
    seekableContainers.includes(container) &&
    seekableCodecs.has(video.get("codec_name") ?? "") &&
    // A packet of an interlaced stream may be one field.
    (order === "progressive" || order === "unknown");
  if (!isProven || first === undefined || track.cut > 0 || complaints !== "") return null;
  // Pictures before a key frame refer to missing ones; the first key frame may have some as well.
  if (!first.isKey || shown.some((packet) => packet.pts < first.pts)) return null;
  const timeline = timelineOf(shown, ratio(video, "time_base"));
  if (timeline === null) return null;
  const [start, end] = [timeline.pts.at(0)!, timeline.pts.at(-1)!];
  const isCutInside = hidden.some(({ pts }) => !(pts < start || pts > end));
  return isCutInside ? null : timeline;
}
