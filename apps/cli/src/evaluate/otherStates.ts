import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { flat } from "../page/flat.ts";
import { counted } from "../terminal/units.ts";
import type { EvaluationSettings } from "./settings.ts";

const SHOWN = 3;

/** A line for each state below `root` but `own` that has finished videos: in what its settings differ. */
export async function otherStates(
  root: string,
  own: string,
  settings: EvaluationSettings,
): Promise<readonly string[]> {
  const notes: string[] = [];
  const ours = flat(settings);
  const names = await readdir(root).catch(() => []);
  for (const name of names.sort()) {
    const folder = join(root, name);
    const isState = name !== own && !name.endsWith(".removed");
    const files = !isState ? [] : await readdir(folder).catch(() => []);
    const finished = files.filter((file) => /^video-\d+\.json$/.test(file)).length;
    const text = await readFile(join(folder, "settings.json"), "utf8").catch(() => "");
    if (finished === 0 || text === "") continue;
    const theirs = flat(JSON.parse(text) as EvaluationSettings);
    const differing = Object.keys({ ...theirs, ...ours }).flatMap((key) =>
      theirs[key] === ours[key]
        ? []
        : [`${key} ${theirs[key] ?? "none"}, now ${ours[key] ?? "none"}`],
    );
    const more = differing.length > SHOWN ? ", ..." : "";
    notes.push(
      `${folder} has ${counted(finished, "finished video")} of other settings, not continued: ` +
        `${differing.slice(0, SHOWN).join(", ")}${more}`,
    );
  }
  return notes;
}
