import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { TrainError } from "../trainError.ts";

/** Where the service is and the key that opens it. */
export interface WandbAccess {
  readonly baseUrl: string;
  readonly apiKey: string;
}

/** The access that `key`, the environment or `~/.netrc` gives; throws if there is no key. */
export function wandbAccess(key: string | undefined): WandbAccess {
  const mode = process.env["WANDB_MODE"] || "online";
  if (mode !== "online") {
    throw new TrainError(
      `wandb: WANDB_MODE is ${mode}, but @wandb/sdk keeps nothing on disk and can only send; ` +
        `unset it, or train without --wandb`,
    );
  }
  const baseUrl = process.env["WANDB_BASE_URL"] || "https://api.wandb.ai";
  if (!URL.canParse(baseUrl)) {
    throw new TrainError(`wandb: WANDB_BASE_URL is ${baseUrl} and has to be an address, https://…`);
  }
  const { host } = new URL(baseUrl);
  const apiKey = key || process.env["WANDB_API_KEY"] || passwordFor(host);
  if (apiKey) return { baseUrl, apiKey };
  throw new TrainError(
    `wandb: there is no API key; take it from ${baseUrl.replace("api.wandb", "wandb")}/authorize and ` +
      `set WANDB_API_KEY, or add "machine ${host} login user password KEY" to ~/.netrc`,
  );
}

/**
 * Asks the service who the key belongs to. The SDK asks too, but takes no answer for a reason to
 * wait for half an hour and prints a refused request instead of telling why it failed.
 */
export async function checkWandbAccess({ baseUrl, apiKey }: WandbAccess): Promise<void> {
  const refuse = (why: string, cause?: unknown): never => {
    throw new TrainError(`wandb: ${baseUrl} ${why}, or train without --wandb`, { cause });
  };
  const response = await fetch(`${baseUrl}/graphql`, {
    method: "POST",
    headers: {
      "Content-Type": "application/json",
      Authorization: `Basic ${Buffer.from(`api:${apiKey}`).toString("base64")}`,
    },
    body: JSON.stringify({ query: "query Viewer { viewer { entity } }" }),
    signal: AbortSignal.timeout(30_000),
  }).catch((error: Error) => {
    const reason = error.cause instanceof Error ? error.cause.message : error.message;
    return refuse(`cannot be reached (${reason}); check the network and WANDB_BASE_URL`, error);
  });
  if (response.status === 401 || response.status === 403) {
    refuse(`does not know the API key (HTTP ${response.status}); check WANDB_API_KEY and ~/.netrc`);
  }
  if (!response.ok) refuse(`answered HTTP ${response.status}; try again later`);
  const answer = (await response.json()) as { data?: { viewer?: { entity?: string } | null } };
  if (!answer.data?.viewer?.entity) {
    refuse(`knows no user for the API key; check WANDB_API_KEY and ~/.netrc`);
  }
}

function passwordFor(host: string): string | undefined {
  let text: string;
  try {
    text = readFileSync(join(homedir(), ".netrc"), "utf8");
  } catch {
    return undefined;
  }
  const words = text.replace(/#.*$/gm, "").split(/\s+/);
  const machine = words.findIndex((word, i) => word === "machine" && words[i + 1] === host);
  if (machine < 0) return undefined;
  const end = words.indexOf("machine", machine + 1);
  const entry = words.slice(machine, end < 0 ? undefined : end);
  const password = entry.indexOf("password");
  return password < 0 ? undefined : entry[password + 1];
}
