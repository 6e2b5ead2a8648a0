import type { Axis } from "./axis.ts";
import { html } from "./html.ts";
import type { Html } from "./html.ts";

const [width, height] = [360, 150];
const box = { left: 46, right: width - 8, top: 8, bottom: height - 22 };

// More than this many columns cannot be told apart at the plot's width.
const COLUMNS = 300;

/** A line through the values of a video's frames. */
export interface Plot {
  /** What is drawn, for who cannot see it. */
  readonly label: string;
  readonly values: readonly number[];
  /** How many of them, at the end, belong to repeated frames. */
  readonly repeated: number;
  /** The same for all plots of a metric, so that they compare. */
  readonly axis: Axis;
}

/** The plot as inline SVG; a long video is drawn by the least and the greatest value of each column. */
export function drawPlot({ label, values, repeated, axis }: Plot): Html {
  const last = Math.max(values.length - 1, 1);
  const x = (frame: number): number => box.left + ((box.right - box.left) * frame) / last;
  const y = (value: number): number =>
    box.bottom - ((box.bottom - box.top) * (value - axis.low)) / (axis.high - axis.low);
  const points = drawn(values).map((frame) => `${place(x(frame))},${place(y(values[frame]!))}`);
  const only =
    values.length === 1 ? html`<circle cx="${x(0)}" cy="${y(values[0]!)}" r="3" />` : undefined;
  const firstRepeated = values.length - repeated;
  return html`<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${label}">
    ${repeated > 0 ? repeats(x(firstRepeated - 0.5), box.right) : undefined}
    ${axis.ticks.map((tick) => levelLine(y(tick), tick.toFixed(axis.decimals)))}
    ${[...new Set([0, values.length >> 1, values.length - 1])].map((frame) => frameNumber(x(frame), frame))}
    <polyline points="${points.join(" ")}" />
    ${only}
  </svg>`;
}

/** The frames that the line goes through, in order. */
function drawn(values: readonly number[]): readonly number[] {
  if (values.length <= 2 * COLUMNS) return [...values.keys()];
  return Array.from({ length: COLUMNS }, (_, column) => {
    const first = Math.floor((column * values.length) / COLUMNS);
    const end = Math.floor(((column + 1) * values.length) / COLUMNS);
    let [least, greatest] = [first, first];
    for (let i = first; i < end; i++) {
      if (values[i]! < values[least]!) least = i;
      if (values[i]! > values[greatest]!) greatest = i;
    }
    return [Math.min(least, greatest), Math.max(least, greatest)];
  }).flat();
}

function repeats(from: number, to: number): Html {
  return html`<rect
    class="repeats"
    x="${place(from)}"
    y="${box.top}"
    width="${place(to - from)}"
    height="${box.bottom - box.top}"
  />`;
}

function levelLine(at: number, text: string): Html {
  return html`<line x1="${box.left}" x2="${box.right}" y1="${place(at)}" y2="${place(at)}" /><text
      x="${box.left - 6}"
      y="${place(at + 4)}"
      text-anchor="end"
      >${text}</text
    >`;
}

function frameNumber(at: number, frame: number): Html {
  const anchor = at <= box.left ? "start" : at >= box.right ? "end" : "middle";
  return html`<text x="${place(at)}" y="${height - 6}" text-anchor="${anchor}">${frame}</text>`;
}

/** A tenth of a pixel is finer than any screen shows. */
function place(value: number): string {
  return String(Number(value.toFixed(1)));
}
