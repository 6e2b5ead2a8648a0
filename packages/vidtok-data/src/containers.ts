// Names of ffmpeg's demuxers. Not listed, because they open other files or addresses: concat, dash,
// hls, imf, image2, mlv (its .M00 parts), rtsp, sdp, vobsub, webm_dash_manifest, lavfi and devices.
// Not listed, because the file alone does not say what it holds: rawvideo, v210, data, tty.
const containers = [
  "mov,matroska,avi,mpegts,mpegtsraw,mpeg,flv,live_flv,kux,asf,asf_o,ogg,mxf,mxg,gxf,lxf,nut,nuv,nsv",
  "wtv,ty,dv,dhav,pva,pmp,ivf,rm,ivr,swf,r3d,ser,vivo,vividas,yuv4mpegpipe,jv,lmlm4,moflex,mods,iff",
];

const elementaryStreams = [
  "mpegvideo,m4v,h261,h263,h264,hevc,vvc,evc,av1,obu,avs2,avs3,cavsvideo,vc1,vc1test,dirac,dnxhd",
  "mjpeg,mjpeg_2000,mpjpeg,smjpeg,ingenient,ipu,simbiosis_imx",
];

const pictures = [
  "gif,apng,ico,fits,jpegxl_anim,bmp_pipe,cri_pipe,dds_pipe,dpx_pipe,exr_pipe,gem_pipe,gif_pipe",
  "hdr_pipe,j2k_pipe,jpeg_pipe,jpegls_pipe,jpegxl_pipe,pam_pipe,pbm_pipe,pcx_pipe,pfm_pipe,pgm_pipe",
  "pgmyuv_pipe,pgx_pipe,phm_pipe,photocd_pipe,pictor_pipe,png_pipe,ppm_pipe,psd_pipe,qdraw_pipe",
  "qoi_pipe,sgi_pipe,sunrast_pipe,tiff_pipe,vbn_pipe,webp_pipe,xbm_pipe,xpm_pipe,xwd_pipe",
];

const gameVideos = [
  "4xm,anm,argo_brp,bethsoftvid,bfi,bink,bmv,c93,cdg,cdxl,cine,dfa,dsicin,dxa,ea,film_cpk,filmstrip",
  "flic,frm,gdv,hnm,idcin,ifv,ipmovie,iss,iv8,lvf,mm,mtv,mv,mvi,nc,paf,pdv,psxstr,rl2,roq,rpl,sdr2",
  "sga,siff,smk,smush,thp,tiertexseq,tmv,txd,vmd,wc3movie,wsvqa,xmv,yop",
];

// Read so that the error is "no video stream"; some of them carry a cover picture.
const sounds = ["aac,ac3,aiff,amr,ape,au,caf,dts,eac3,flac,mp3,tta,w64,wav,wv"];

/** The demuxers that may read a video, as ffmpeg's `-format_whitelist` takes them. */
export const containerWhitelist: string = [
  ...containers,
  ...elementaryStreams,
  ...pictures,
  ...gameVideos,
  ...sounds,
].join(",");

/** The demuxer of a picture by its first bytes, or undefined for anything else. */
export function pictureDemuxer(head: Uint8Array): string | undefined {
  const text = Buffer.from(head).toString("latin1");
  if (text.startsWith("\x89PNG")) return text.includes("acTL") ? "apng" : "png_pipe";
  return pictureStarts.find(([start]) => start.test(text))?.[1];
}

const pictureStarts: readonly (readonly [start: RegExp, demuxer: string])[] = [
  [/^GIF8/, "gif"],
  [/^\xff\xd8\xff/, "jpeg_pipe"],
  [/^BM/, "bmp_pipe"],
  [/^RIFF[^]{4}WEBP/, "webp_pipe"],
  [/^(II\*\0|MM\0\*)/, "tiff_pipe"],
  [/^P[25]\s/, "pgm_pipe"],
  [/^P[36]\s/, "ppm_pipe"],
  [/^\x76\x2f\x31\x01/, "exr_pipe"],
  [/^(SDPX|XPDS)/, "dpx_pipe"],
  [/^8BPS/, "psd_pipe"],
  [/^qoif/, "qoi_pipe"],
];
