import "@vidtok/backend-native";
import { Fvd, LpipsMean, psnr, ssim, WeightsError } from "@vidtok/metrics";
import type { PairOptions, Video } from "@vidtok/metrics";
import { loadI3d } from "@vidtok/metrics/nets";
import { useBackend } from "@vidtok/tensor";
import type { BackendName } from "@vidtok/tensor";
import { UsageError } from "../args/usageError.ts";
import { CLIP, SHORTEST_CLIP } from "./fvdClips.ts";

const names = ["psnr", "ssim", "lpips", "fvd"] as const;

/** A metric that is known here. */
export type MetricName = (typeof names)[number];

/** A metric that has a value per frame. */
export type FrameMetric = Exclude<MetricName, "fvd">;

/** A way to measure frames. */
export interface FrameMeter {
  readonly name: FrameMetric;
  readonly measure: (real: Video, fake: Video) => Promise<Meter>;
}

/** What a metric says of one clip. */
export interface Meter {
  readonly frames: Float64Array;
  readonly settings: object;
}

/** A metric of two sets of clips. */
export interface SetMeter {
  /** Takes the clips of one video, which count once its state is merged into the total. */
  part(): Pick<Fvd, "update" | "state">;
  readonly total: Pick<Fvd, "merge" | "state" | "compute">;
}

/** The metrics of one run, with the nets that some of them need. */
export interface Meters {
  readonly perFrame: readonly FrameMeter[];
  readonly fvd: SetMeter | undefined;
  /** Name and mode of what computes the nets, where there are any. */
  readonly backend: string | undefined;
  /** What the user should know: metrics left out, backends passed over. */
  readonly notes: readonly string[];
  dispose(): Promise<void>;
}

/** Which metrics, computed by what. */
export interface MeterOptions {
  readonly wanted: readonly MetricName[] | undefined;
  /** Clips that FVD can be taken of. */
  readonly clips: number;
  readonly backend: BackendName;
  readonly threads: number | undefined;
  /** How the videos lie in memory; default: frames of bytes. */
  readonly video?: PairOptions;
  /** A VidTok checkpoint that may have the weights of LPIPS, where they are nowhere else. */
  readonly checkpoint?: string | undefined;
}

/** The metrics named in `psnr,ssim`; undefined where none are named. */
export function metricNames(list: string | undefined): readonly MetricName[] | undefined {
  const given = list?.split(",").map((name) => name.trim().toLowerCase());
  return given?.map((name) => {
    const found = names.find((each) => each === name);
    if (found === undefined) {
      throw new UsageError(`--metrics: "${name}" is none of ${names.join(", ")}`);
    }
    return found;
  });
}

/** Opens the wanted metrics, or those whose weights are there. */
export async function openMeters(options: MeterOptions): Promise<Meters> {
  const { wanted, clips, video = {} } = options;
  const notes: string[] = [];
  const tooFew = `fvd needs 2 clips of ${SHORTEST_CLIP} to ${CLIP} frames, and there are ${clips}`;
  if (clips < 2 && wanted?.includes("fvd")) throw new Error(`metrics: ${tooFew}`);
  const isWanted = (name: MetricName): boolean =>
    wanted?.includes(name) ?? (name !== "fvd" || clips >= 2);
  /** What `load` resolves to; undefined where it is not wanted, or not asked for and its weights are not there. */
  const ifThere = async <T>(name: MetricName, load: () => Promise<T>): Promise<T | undefined> => {
    if (!isWanted(name)) return undefined;
    try {
      return await load();
    } catch (error) {
      if (wanted !== undefined || !(error instanceof WeightsError)) throw error;
      notes.push(`${name} is left out: ${error.message}`);
      return undefined;
    }
  };
  const { backend, threads } = options;
  const used =
    isWanted("lpips") || isWanted("fvd")
      ? await useBackend(backend, {
          ...(threads === undefined ? {} : { threads }),
          onUnavailable: (name, reason) => notes.push(`${name} is not used: ${reason}`),
        })
      : undefined;
  if (clips < 2 && wanted === undefined) notes.push(`fvd is left out: ${tooFew}`);
  const lpips = await ifThere("lpips", () => openLpips(video, options.checkpoint));
  const i3d = await ifThere("fvd", () => loadI3d());
  // What else computes on this thread may use another backend in between.
  const onOurs = async <T>(compute: () => Promise<T>): Promise<T> => {
    if (used) await useBackend(used);
    return compute();
  };
  return {
    perFrame: [
      ...(isWanted("psnr") ? [meter("psnr", (real, fake) => psnr(real, fake, video))] : []),
      ...(isWanted("ssim") ? [meter("ssim", (real, fake) => ssim(real, fake, video))] : []),
      ...(lpips ? [meter("lpips", (real, fake) => onOurs(() => lpips.update(real, fake)))] : []),
    ],
    fvd: i3d && {
      total: new Fvd({ weights: i3d }),
      part() {
        const clipsOfOne = new Fvd({ ...video, weights: i3d });
        return {
          update: (real, fake) => onOurs(() => clipsOfOne.update(real, fake)),
          get state() {
            return clipsOfOne.state;
          },
        };
      },
    },
    backend: used && (lpips ?? i3d) ? `${used.name} (${used.mode})` : undefined,
    notes,
    async dispose() {
      await lpips?.dispose();
      i3d?.dispose();
    },
  };
}

function meter(
  name: FrameMetric,
  measure: (real: Video, fake: Video) => Meter | Promise<Meter>,
): FrameMeter {
  return { name, measure: async (real, fake) => measure(real, fake) };
}

/** LPIPS from its files, or else from inside the checkpoint of a whole model. */
async function openLpips(video: PairOptions, checkpoint: string | undefined): Promise<LpipsMean> {
  const lpips = new LpipsMean(video);
  try {
    await lpips.open();
    return lpips;
  } catch (error) {
    if (checkpoint === undefined || !(error instanceof WeightsError)) throw error;
    const inside = new LpipsMean({ ...video, weights: checkpoint });
    try {
      await inside.open();
      return inside;
    } catch (none) {
      // The first error names the files that are usually meant.
      throw none instanceof WeightsError ? error : none;
    }
  }
}
