import { ffprobe, number } from "./ffprobe.ts";
import type { Fields } from "./ffprobe.ts";
import { addPacket, emptyTrack } from "./packets.ts";
import type { Listing, Track } from "./packets.ts";
import { VideoError } from "./videoError.ts";

const wanted = [
  "packet=stream_index,pts,dts,flags",
  "stream=index,codec_type,codec_name,width,height,sample_aspect_ratio,avg_frame_rate,r_frame_rate,time_base," +
    "nb_frames,duration,field_order,has_b_frames,color_transfer",
  "stream_tags=rotate",
  "stream_side_data=displaymatrix",
  "stream_disposition=attached_pic",
  "format=format_name,duration",
].join(":");

/** Lists the streams of a file and the packets of its video. */
export async function listPackets(path: string, signal?: AbortSignal): Promise<Listing> {
  const tracks = new Map<number, Track>();
  const streams: Fields[] = [];
  let format: Fields = new Map();
  const log = { stderr: "" };
  for await (const { kind, fields } of ffprobe(path, wanted, log, signal)) {
    if (kind === "packet") {
      const stream = number(fields, "stream_index");
      const track = tracks.get(stream) ?? emptyTrack();
      tracks.set(stream, track);
      addPacket(track, fields);
    } else if (kind === "stream") streams.push(fields);
    else if (kind === "format") format = fields;
  }
  const video = streams.find(
    (s) => s.get("codec_type") === "video" && s.get("disposition:attached_pic") !== "1",
  );
  if (video === undefined) {
    const found = streams.map((s) => s.get("codec_type")).join(", ") || "none";
    throw new VideoError(`video: ${path} has no video stream (streams: ${found})`);
  }
  const track = tracks.get(number(video, "index")) ?? emptyTrack();
  return { format, streams, video, track, complaints: log.stderr };
}
