import { basename, dirname, extname, resolve, sep } from "node:path";

/** What a run's name is made of. */
export interface RunNameParts {
  readonly name: string;
  readonly postfix: string;
  readonly no_date: boolean;
}

/** The name of a run's folder, `2026-11-22T20-30-05_vidtok_kl_causal_488_4chn`: of the first config, unless one is given. */
export function runName(
  config: string,
  { name, postfix, no_date }: RunNameParts,
  now: Date,
): string {
  const pad = (n: number): string => String(n).padStart(2, "0");
  const day = [now.getFullYear(), pad(now.getMonth() + 1), pad(now.getDate())].join("-");
  const time = [now.getHours(), now.getMinutes(), now.getSeconds()].map(pad).join("-");
  const date = no_date ? [] : [`${day}T${time}`];
  return [...date, name || configName(config)].join("_") + postfix;
}

// Folders below `configs` are part of the name, as in the reference.
function configName(config: string): string {
  const folders = dirname(resolve(config)).split(sep);
  const at = folders.lastIndexOf("configs");
  const inside = at < 0 ? [] : folders.slice(at + 1);
  return [...inside, basename(config, extname(config))].join("-");
}
