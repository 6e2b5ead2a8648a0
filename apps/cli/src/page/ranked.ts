import type { ScoredVideo } from "../metrics/totals.ts";

/** A video whose pictures are shown, and for what. */
export interface Ranked<V> {
  readonly label: "best" | "median" | "worst";
  readonly video: V;
}

/** The best, the median and the worst video by PSNR, or else SSIM, or else LPIPS; each once, and none without such values. */
export function ranked<V extends ScoredVideo>(videos: readonly V[]): readonly Ranked<V>[] {
  const order = videos
    .flatMap((video) => {
      const value = quality(video);
      return value === undefined ? [] : [{ video, value }];
    })
    .sort((a, b) => b.value - a.value);
  if (order.length === 0) return [];
  const last = order.length - 1;
  const places = [
    { label: "best", place: 0 },
    { label: "worst", place: last },
    { label: "median", place: last >> 1 },
  ] as const;
  return places
    .filter(({ place }, i) => places.findIndex((other) => other.place === place) === i)
    .sort((a, b) => a.place - b.place)
    .map(({ label, place }) => ({ label, video: order[place]!.video }));
}

/** The larger the better. */
function quality({ scores: { psnr, ssim, lpips } }: ScoredVideo): number | undefined {
  return psnr?.mean ?? ssim?.mean ?? (lpips && -lpips.mean);
}
