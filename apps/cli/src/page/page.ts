import { counted } from "../terminal/units.ts";
import { version } from "../version.ts";
import { html } from "./html.ts";
import type { Html } from "./html.ts";
import { plots } from "./plots.ts";
import type { Report, Sheet } from "./report.ts";
import { style } from "./style.ts";
import { settingsTable, totalsOf, videoTable } from "./tables.ts";

/** The report as one HTML page that needs nothing else. */
export function page({ title, measured, broken, sheets, settings }: Report): string {
  const { videos, total, withoutRepeated, fvd } = measured;
  const repeated = total.frames - (withoutRepeated?.frames ?? total.frames);
  const repeats = repeated > 0 ? `, ${repeated} of them repeats that fill up a last clip` : "";
  const hasPlots = Object.keys(total).length > 1;
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title}</title>
        <style>
          ${style}
        </style>
      </head>
      <body>
        <h1>${title}</h1>
        <p class="soft">
          ${counted(videos.length, "video")}, ${counted(total.frames, "frame")}${repeats} · vidtok
          ${version()}
        </p>
        ${totalsOf(measured)} ${fvd?.warnings.map((warning) => html`<p>FVD: ${warning}</p>`)}
        ${broken.length > 0 ? brokenList(broken) : undefined}
        ${sheets.length > 0 ? pictures(sheets) : undefined}
        <h2>Videos</h2>
        ${videoTable(measured)}
        ${
          hasPlots
            ? html`<h2>Frame by frame</h2>
                ${plots(measured)}`
            : undefined
        }
        <h2>Settings</h2>
        ${settingsTable(settings)}
      </body>
    </html> `.text;
}

function brokenList(broken: Report["broken"]): Html {
  return html`<h2>Left out</h2>
    ${broken.map(({ name, reason }) => html`<p>${name}: ${reason}</p>`)}`;
}

function pictures(sheets: readonly Sheet[]): Html {
  return html`<h2>Pictures</h2>
    <p class="soft">
      Above the original, below it what is compared, then four times their difference.
    </p>
    ${sheets.map(
      ({ label, video, png }) =>
        html`<figure class="scroll">
          <h3>${label}: ${video}</h3>
          <img
            src="data:image/png;base64,${Buffer.from(png).toString("base64")}"
            alt="frames of ${video}"
          />
        </figure>`,
    )}`;
}
