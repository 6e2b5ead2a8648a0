import { Fvd, LpipsMean, Psnr, Ssim, WeightsError } from "@vidtok/metrics";
import type { FvdDistance, Video } from "@vidtok/metrics";
import { useBackend } from "@vidtok/tensor";
import type { BackendName } from "@vidtok/tensor";
import { UsageError } from "../args/usageError.ts";
import { CLIP, SHORTEST_CLIP } from "./fvdClips.ts";

const names = ["psnr", "ssim", "lpips", "fvd"] as const;

/** A metric that `vidtok metrics` knows. */
export type MetricName = (typeof names)[number];

/** A metric that has a value per frame. */
export interface FrameMeter {
  readonly name: Exclude<MetricName, "fvd">;
  /** The values of the frames of a clip, which count in `mean` from now on. */
  update(real: Video, fake: Video): Promise<Meter>;
  mean(): number;
}

/** What a metric says of one clip. */
export interface Meter {
  readonly frames: Float64Array;
  readonly settings: object;
}

/** A metric of two sets of clips. */
export interface SetMeter {
  update(real: Video, fake: Video): Promise<void>;
  compute(): FvdDistance;
}

/** The metrics of one run, with the nets that some of them need. */
export interface Meters {
  readonly perFrame: readonly FrameMeter[];
  readonly fvd: SetMeter | undefined;
  /** Name and mode of what computes the nets, where there are any. */
  readonly backend: string | undefined;
  /** What the user should know: metrics left out, backends passed over. */
  readonly notes: readonly string[];
  free(): Promise<void>;
}

/** Which metrics, computed by what. */
export interface MeterOptions {
  readonly wanted: readonly MetricName[] | undefined;
  /** Clips that FVD can be taken of. */
  readonly clips: number;
  readonly backend: BackendName;
  readonly threads: number | undefined;
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
  const { wanted, clips, backend, threads } = options;
  const notes: string[] = [];
  const tooFew = `fvd needs 2 clips of ${SHORTEST_CLIP} to ${CLIP} frames, and there are ${clips}`;
  if (clips < 2 && wanted?.includes("fvd")) throw new Error(`metrics: ${tooFew}`);
  const isWanted = (name: MetricName): boolean =>
    wanted?.includes(name) ?? (name !== "fvd" || clips >= 2);
  const open = async <T extends LpipsMean | Fvd>(
    name: MetricName,
    metric: T,
  ): Promise<T | undefined> => {
    if (!isWanted(name)) return undefined;
    try {
      await metric.open();
      return metric;
    } catch (error) {
      if (wanted !== undefined || !(error instanceof WeightsError)) throw error;
      notes.push(`${name} is left out: ${error.message}`);
      return undefined;
    }
  };
  const used =
    isWanted("lpips") || isWanted("fvd")
      ? await useBackend(backend, {
          ...(threads === undefined ? {} : { threads }),
          onUnavailable: (name, reason) => notes.push(`${name} is not used: ${reason}`),
        })
      : undefined;
  if (clips < 2 && wanted === undefined) notes.push(`fvd is left out: ${tooFew}`);
  const lpips = await open("lpips", new LpipsMean());
  const fvd = await open("fvd", new Fvd());
  const perFrame = [
    ...(isWanted("psnr") ? [meter("psnr", new Psnr())] : []),
    ...(isWanted("ssim") ? [meter("ssim", new Ssim())] : []),
    ...(lpips ? [meter("lpips", lpips)] : []),
  ];
  return {
    perFrame,
    fvd,
    backend: used && (lpips ?? fvd) ? `${used.name} (${used.mode})` : undefined,
    notes,
    async free() {
      await lpips?.free();
      await fvd?.free();
    },
  };
}

function meter(name: FrameMeter["name"], total: Psnr | Ssim | LpipsMean): FrameMeter {
  return {
    name,
    update: async (real, fake) => total.update(real, fake),
    mean: () => total.compute().mean,
  };
}
