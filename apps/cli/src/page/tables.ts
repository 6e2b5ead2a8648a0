import { cells, decimals, header, meanRows, metricsOf, videoRows } from "../metrics/rows.ts";
import type { Row } from "../metrics/rows.ts";
import type { Measured } from "../metrics/totals.ts";
import { flat } from "./flat.ts";
import { html } from "./html.ts";
import type { Html } from "./html.ts";
import { names } from "./names.ts";

/** The means over all frames, and FVD, in large figures. */
export function totalsOf({ total, fvd }: Measured): Html {
  const figures = metricsOf(total).map((metric) => ({
    value: total[metric]!.toFixed(decimals[metric]),
    name: names[metric],
  }));
  if (fvd) {
    const name = `${names.fvd}, of ${fvd.clips} clips`;
    figures.push({ value: fvd.value.toFixed(decimals.fvd), name });
  }
  return html`<div class="totals">
    ${figures.map(({ value, name }) => html`<div><b>${value}</b>${name}</div>`)}
  </div>`;
}

/** A table of all videos, with their means below. */
export function videoTable(measured: Measured): Html {
  const metrics = metricsOf(measured.total);
  const isRepeating = measured.withoutRepeated !== undefined;
  const row = (each: Row): Html => {
    const [name, ...values] = cells(each, metrics, isRepeating);
    return html`<tr>
      <th scope="row">${name}</th>
      ${values.map((value) => html`<td>${value}</td>`)}
    </tr> `;
  };
  const columns = header(
    metrics.map((metric) => names[metric]),
    isRepeating,
  );
  return html`<div class="scroll">
    <table>
      <thead>
        <tr>
          ${columns.map((column) => html`<th scope="col">${column}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${videoRows(measured).map(row)}
      </tbody>
      <tbody class="means">
        ${meanRows(measured).map(row)}
      </tbody>
    </table>
  </div>`;
}

/** A table of settings by their names. */
export function settingsTable(settings: object): Html {
  const rows = Object.entries(flat(settings)).map(
    ([name, value]) =>
      html`<tr>
        <th scope="row">${name}</th>
        <td>${value === null ? "none" : value}</td>
      </tr> `,
  );
  return html`<table class="settings">
    <tbody>
      ${rows}
    </tbody>
  </table>`;
}
