import type { Response } from "undici";
import { WeightsError } from "../weightsError.ts";
import type { WeightFile } from "./weightFiles.ts";

/**
 * Where the bytes of an answer begin (NaN where it does not say), and how many the whole file has.
 */
export function rangeOf({ status, headers }: Response): {
  from: number;
  total: number | undefined;
} {
  const range = /^bytes (?:(\d+)-\d+|\*)\/(\d+|\*)$/.exec(headers.get("content-range") ?? "");
  const [start, whole] =
    status === 200 ? ["0", headers.get("content-length")] : (range?.slice(1) ?? []);
  return { from: Number(start ?? NaN), total: whole && whole !== "*" ? Number(whole) : undefined };
}

/** What tells this version of a file from the next, in a form that If-Range takes. */
export function versionOf({ headers }: Response): string | undefined {
  const tag = headers.get("etag");
  return tag?.startsWith('"') ? tag : (headers.get("last-modified") ?? undefined);
}

/** Throws a `WeightsError` unless an answer is a file: 200, or 206 where a part was asked for. */
export function checkAnswer(
  response: Response,
  { name, url, bytes }: WeightFile,
  path: string,
  isPart: boolean,
): void {
  const { status, statusText, headers } = response;
  const refuse = (what: string, advice = "find the file elsewhere and save it as"): never => {
    throw new WeightsError(`download: ${name}: ${url} ${what}; ${advice} ${path}`);
  };
  if (status !== 200 && !(isPart && status === 206)) {
    const unasked = status === 206 ? ", a part that was not asked for" : "";
    refuse(`answers ${`${status} ${statusText}`.trim()}${unasked}`);
  }
  if (headers.get("content-type")?.startsWith("text/html")) {
    refuse("is a web page and not the file", "open it in a browser and save the file as");
  }
  const { total } = rangeOf(response);
  if (total === 0) refuse("answers with no bytes");
  if (bytes !== undefined && total !== undefined && total !== bytes) {
    refuse(`has ${total} bytes, and the published file ${bytes}`);
  }
}

/** Whether a file is a web page by its first bytes, whatever its server calls it. */
export function isPage(head: Uint8Array): boolean {
  const text = Buffer.from(head).toString("latin1").trimStart();
  return /^<(!doctype|html|\?xml|head|body)/i.test(text);
}
