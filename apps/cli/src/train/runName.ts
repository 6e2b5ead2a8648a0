import { basename, dirname, extname, resolve, sep } from "node:path";

/** What a run's name is made of. */
export interface RunNameParts {
  readonly name: string;
  readonly postfix: string;
  readonly no_date: boolean;
}

/** The name of a run's folder, `2026-11-22T20-30-05_vidtok_kl_causal_488_4chn`: of the first config, unless one is given. */
export function runName(config: string, parts: RunNameParts, now: Date): string {
  const pad = (n: number): string => String(n).padStart(2, "0");
  const day = [now.getFullYear(), pad(now.getMonth() + 1), pad(now.getDate())].join("-");
  const time = [now.getHours(), now.getMinutes(), now.getSeconds()].map(pad).join("-");
  const date = parts.no_date ? [] : [`${day}T${time}`];
  return [...date, undated(config, parts)].join("_");
}

/** Whether a run has the name that `runName` gives, at whatever time. */
export function isRunOf(folder: string, config: string, parts: RunNameParts): boolean {
  const name = undated(config, parts);
  if (parts.no_date) return folder === name;
  return folder.endsWith(`_${name}`) && DATE.test(folder.slice(0, -name.length));
}

const DATE = /^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d_$/;

function undated(config: string, { name, postfix }: RunNameParts): string {
  return (name || configName(config)) + postfix;
}

// Folders below `configs` are part of the name, as in the reference.
function configName(config: string): string {
  const folders = dirname(resolve(config)).split(sep);
  const at = folders.lastIndexOf("configs");
  const inside = at < 0 ? [] : folders.slice(at + 1);
  return [...inside, basename(config, extname(config))].join("-");
}
