import { extname } from "node:path";

// What the demuxers of `containers.ts` read, as far as a name tells it. Names of single pictures
// and of sound are no names of videos, although such files are read where they are named.
const extensions = new Set(
  [
    "mp4 m4v mov qt 3gp 3g2 mj2 f4v ismv mkv mk3d webm avi divx amv ts mts m2ts m2t trp tp",
    "mpg mpeg mpe m1v m2v mpv m2p vob mod tod flv kux asf wmv ogv ogm mxf gxf nut nuv nsv wtv ty",
    "dv dif dav ivf rm rmvb ivr swf r3d ser viv y4m gif apng h261 h263 h264 264 h26l avc hevc h265 265",
    "vvc h266 266 evc obu avs2 avs3 vc1 rcv drc dnxhd dnxhr mjpg mjpeg flc fli bik bk2 smk roq cpk 4xm",
    "thp moflex mve cdxl xl cine xmv yop ipu cdg flm",
  ]
    .join(" ")
    .split(" "),
);

/** Whether a file is a video by the extension of its name, of any kind that is read. */
export function isVideoName(name: string): boolean {
  return extensions.has(extname(name).slice(1).toLowerCase());
}

/** Whether a file or folder is hidden by its name, as AppleDouble files (`._clip.mp4`) are. */
export function isHiddenName(name: string): boolean {
  return name.startsWith(".");
}

/** A name in the form that compares equal however its accents are encoded (NFC). */
export function comparableName(name: string): string {
  return name.normalize("NFC");
}
