import { decimals, metricsOf } from "../metrics/rows.ts";
import type { Measured, ScoredVideo } from "../metrics/totals.ts";
import { axisOf } from "./axis.ts";
import type { Axis } from "./axis.ts";
import { html } from "./html.ts";
import type { Html } from "./html.ts";
import { names } from "./names.ts";
import { drawPlot } from "./plot.ts";

type Metric = keyof ScoredVideo["scores"];

/** A plot per video and metric, with one axis for each metric. */
export function plots({ videos, total }: Measured): Html {
  const axes = metricsOf(total).map(
    (metric) => [metric, axisOf(valuesOf(videos, metric))] as const,
  );
  return html`${videos.map(
    (video) =>
      html`<h3>${video.name}</h3>
        <div class="plots">${axes.map(([metric, axis]) => plot(video, metric, axis))}</div> `,
  )}`;
}

function plot({ name, scores, repeated = 0 }: ScoredVideo, metric: Metric, axis: Axis): Html {
  const { mean, frames: values } = scores[metric]!;
  const shown = (value: number): string => value.toFixed(decimals[metric]);
  const isBad = (a: number, b: number): boolean => (metric === "lpips" ? a > b : a < b);
  const worst = values.reduce((at, value, i) => (isBad(value, values[at]!) ? i : at), 0);
  const label = `${names[metric]} of each frame of ${name}`;
  return html`<figure>
    ${drawPlot({ label, values, repeated, axis })}
    <figcaption>
      ${names[metric]}: mean ${shown(mean)}, worst ${shown(values[worst]!)} in frame ${worst}
    </figcaption>
  </figure> `;
}

function* valuesOf(videos: readonly ScoredVideo[], metric: Metric): Generator<number> {
  for (const { scores } of videos) yield* scores[metric]!.frames;
}
