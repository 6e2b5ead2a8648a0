import { Html } from "./html.ts";

const css = String.raw;

/** The look of the page, in light and dark, and on narrow screens. */
export const style = new Html(css`
  :root {
    color-scheme: light dark;
    --ink: #1b1f24;
    --soft: #5b6470;
    --line: #d8dde3;
    --ground: #fff;
    --raised: #f5f7f9;
    --mark: #0b63c5;
  }
  @media (prefers-color-scheme: dark) {
    :root {
      --ink: #e6e9ed;
      --soft: #9aa4b0;
      --line: #333a43;
      --ground: #14171b;
      --raised: #1d2126;
      --mark: #6cb2ff;
    }
  }
  body {
    margin: 0 auto;
    padding: 1.5rem 1rem 4rem;
    max-width: 76rem;
    background: var(--ground);
    color: var(--ink);
    font:
      16px/1.5 system-ui,
      sans-serif;
    font-variant-numeric: tabular-nums;
    overflow-wrap: anywhere;
  }
  h1 {
    margin: 0;
    font-size: 1.6rem;
    line-height: 1.25;
  }
  h2 {
    margin: 2.5rem 0 0.75rem;
    font-size: 1.2rem;
  }
  h3 {
    margin: 1.25rem 0 0.4rem;
    font-size: 1rem;
  }
  p {
    margin: 0.3rem 0;
  }
  .soft,
  figcaption {
    color: var(--soft);
    font-size: 0.9rem;
  }
  .totals {
    display: grid;
    grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr));
    gap: 0.75rem;
    margin-top: 1.25rem;
  }
  .totals div {
    padding: 0.75rem 1rem;
    background: var(--raised);
    border-radius: 0.5rem;
  }
  .totals b {
    display: block;
    font-size: 1.7rem;
    line-height: 1.3;
  }
  .scroll {
    overflow-x: auto;
  }
  table {
    border-collapse: collapse;
  }
  th,
  td {
    padding: 0.3rem 1rem 0.3rem 0;
    text-align: right;
    white-space: nowrap;
    border-bottom: 1px solid var(--line);
  }
  th:first-child,
  .settings td {
    text-align: left;
  }
  thead th,
  .settings th {
    color: var(--soft);
    font-weight: 500;
  }
  tbody th {
    font-weight: 400;
  }
  .means th,
  .means td {
    font-weight: 600;
  }
  .settings td {
    white-space: normal;
  }
  figure {
    margin: 0;
  }
  img {
    display: block;
    max-width: max(100%, 45rem);
    height: auto;
  }
  .plots {
    display: grid;
    grid-template-columns: repeat(auto-fill, minmax(min(100%, 20rem), 1fr));
    gap: 0.5rem 1.5rem;
  }
  svg {
    display: block;
    width: 100%;
  }
  svg text {
    fill: var(--soft);
    font-size: 11px;
  }
  svg line {
    stroke: var(--line);
  }
  svg polyline {
    fill: none;
    stroke: var(--mark);
    stroke-width: 1.5;
    stroke-linejoin: round;
  }
  svg circle {
    fill: var(--mark);
  }
  .repeats {
    fill: var(--soft);
    opacity: 0.2;
  }
`);
