import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { writeWhole } from "../wholeFile.ts";
import { page } from "./page.ts";
import type { Report } from "./report.ts";

/** Writes a report as `index.html` into a folder, which is made where it is missing. */
export async function writePage(folder: string, report: Report): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeWhole(join(folder, "index.html"), page(report));
}
