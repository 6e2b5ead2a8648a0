import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { replaceFile } from "@vidtok/files";
import { page } from "./page.ts";
import type { Report } from "./report.ts";

/** Where the page of a report folder is. */
export function pagePath(folder: string): string {
  return join(folder, "index.html");
}

/** Writes a report as `index.html` into a folder, which is made where it is missing. */
export async function writePage(folder: string, report: Report): Promise<void> {
  await mkdir(folder, { recursive: true });
  await replaceFile(pagePath(folder), page(report));
}
