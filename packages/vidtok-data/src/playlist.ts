const kinds: readonly (readonly [kind: string, sign: RegExp])[] = [
  ["dash", /<MPD[\s>]/],
  ["hls", /^#EXTM3U/],
  ["concat", /^ffconcat version/],
  ["imf", /<(\w+:)?CompositionPlaylist[\s>]/],
  ["smooth streaming", /<SmoothStreamingMedia[\s>]/],
  ["sdp", /^v=0\r?\n([a-z]=.*\r?\n)*m=/],
  ["ffmetadata", /^;FFMETADATA/],
  ["vobsub", /^# VobSub index file/],
  ["smil", /<smil[\s>]/i],
  ["asx", /<asx[\s>]/i],
  ["xspf", /<playlist[^>]*xspf/i],
  ["pls", /^\[playlist\]/i],
  ["asf reference", /^\[Reference\]/i],
  ["list of addresses", /^(RTSPtext|SMILtext|\w+:\/\/\S+)/],
];

// ffmpeg's names of demuxers whose files name others.
const demuxers = new Set(
  "concat,dash,hls,image2,imf,mlv,rtp,rtsp,sap,sdp,vobsub,webm_dash_manifest".split(","),
);

/** What kind of playlist a file is by its first bytes, or undefined. */
export function playlistKind(head: Uint8Array): string | undefined {
  // The header of every container has zero bytes, that of a text has none.
  if (head.includes(0)) return undefined;
  const text = Buffer.from(head).toString("utf8").trimStart();
  return kinds.find(([, sign]) => sign.test(text))?.[0];
}

/** Whether files of a demuxer, by ffmpeg's name of it, name other files. */
export function isPlaylistDemuxer(name: string): boolean {
  return demuxers.has(name.split(",")[0]!);
}

/** What a message says of a playlist of some kind. */
export function playlistProblem(kind: string): string {
  return `is a playlist (${kind}), which names other files; give the video file itself`;
}
