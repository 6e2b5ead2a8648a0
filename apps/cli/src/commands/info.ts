import { probeVideo } from "@vidtok/data";
import type { VideoInfo } from "@vidtok/data";
import { describeNaming } from "@vidtok/nn";
import { commonFlags } from "../args/commonFlags.ts";
import { defineCommand } from "../command.ts";
import { describeCheckpoint } from "../info/describeCheckpoint.ts";
import type { CheckpointInfo } from "../info/describeCheckpoint.ts";
import { describeConfig } from "../info/describeConfig.ts";
import type { ConfigInfo } from "../info/describeConfig.ts";
import type { FittingConfigs } from "../info/fittingConfigs.ts";
import { fileKind } from "../info/fileKind.ts";
import { noteDamage } from "../terminal/noteDamage.ts";
import { printResult } from "../terminal/result.ts";
import { bytes, count, duration } from "../terminal/units.ts";

type Line = readonly [name: string, value: string];

/** `vidtok info FILE` */
export const info = defineCommand({
  name: "info",
  summary: "Describe a video, a config (a file or the name of a shipped one) or a checkpoint.",
  flags: commonFlags,
  rest: { shown: "FILE", least: 1, most: 1 },
  examples: ["clip.mp4", "vidtok_kl_causal_488_4chn", "model.ckpt --json"],
  async run({ json }, [file], io) {
    const { kind, path } = await fileKind(file!);
    if (kind === "config") {
      const found = describeConfig(path);
      printResult(io, json, found, configLines(found));
    } else if (kind === "checkpoint") {
      const found = await describeCheckpoint(path);
      printResult(io, json, found, checkpointLines(found));
    } else {
      const found = await probeVideo(path, io.signal);
      noteDamage(io, found);
      printResult(io, json, { kind, ...found }, videoLines(found));
    }
    return 0;
  },
});

function videoLines(video: VideoInfo): Line[] {
  const hdr = HDR[video.transfer];
  return [
    ["video", video.path],
    ["size", sizeText(video)],
    ["frames", `${video.frames} at ${Number(video.fps.toFixed(3))} per second`],
    ["duration", duration(video.duration * 1000)],
    ["codec", `${video.codec}${video.hasAudio ? ", with audio" : ""}`],
    ...(hdr === undefined ? [] : [["color", `HDR (${hdr}), not tone-mapped`] as const]),
  ];
}

/** Names of HDR transfer functions by ffmpeg's. */
const HDR: Readonly<Record<string, string>> = { smpte2084: "PQ", "arib-std-b67": "HLG" };

function sizeText({ width, height, display, sampleAspectRatio, ...video }: VideoInfo): string {
  const isSquare = display.width === width && display.height === height;
  return [
    `${width} x ${height}`,
    ...(isSquare
      ? []
      : [
          `displayed as ${display.width} x ${display.height} (pixels ${sampleAspectRatio.join(":")})`,
        ]),
    ...(video.mirrored ? ["mirrored"] : []),
    ...(video.rotation ? [`rotated ${video.rotation}`] : []),
  ].join(", ");
}

function configLines(config: ConfigInfo): Line[] {
  const tokens = config.codebookSize === null ? "" : `, ${count(config.codebookSize)} tokens`;
  return [
    ["config", config.path],
    ["family", config.family],
    ["latent", `${config.regularizer}, ${config.latentChannels} channels${tokens}`],
    ["compression", `${config.compression.join(" x ")} (frames x rows x columns)`],
    [
      "channels",
      `${config.baseChannels} x [${config.channelMultipliers.join(", ")}], ${config.normalization}`,
    ],
  ];
}

function shownFits({ configs, naming }: FittingConfigs): string {
  if (!naming) return "no shipped config";
  const how = describeNaming(naming);
  return `${configs.join(", ")}${how === "" ? "" : ` (weights ${how})`}`;
}

function checkpointLines(checkpoint: CheckpointInfo): Line[] {
  const { tensors, parameters, dtypes, format, parts, metadata } = checkpoint;
  const size = `${count(tensors)} tensors, ${count(parameters)} elements (${dtypes.join(", ")})`;
  return [
    ["checkpoint", checkpoint.path],
    ["format", format],
    ["holds", `${size}, ${bytes(checkpoint.bytes)}`],
    ["fits", shownFits(checkpoint.fits)],
    ...Object.entries(parts).map(([name, part]): Line => [
      `  ${name}`,
      `${count(part.tensors)} tensors, ${count(part.parameters)} elements`,
    ]),
    ...Object.entries(metadata).map(([name, value]): Line => [`  ${name}`, String(value)]),
  ];
}
