import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished, vi } from "vitest";
import { temporaryFolder } from "./temporaryFolder.ts";

/** A request that the service got. */
export interface WandbRequest {
  readonly url: string;
  readonly authorization: string | undefined;
  readonly body: WandbBody;
}

/** What requests carry: GraphQL, or rows of a run. */
export interface WandbBody {
  readonly query?: string;
  readonly variables?: Record<string, string>;
  readonly files?: Record<string, { readonly offset: number; readonly content: readonly string[] }>;
  readonly complete?: boolean;
  readonly exitcode?: number;
}

/** An answer to a request; undefined for what the real service says when all is well. */
export type Answer = { readonly status: number; readonly body: unknown } | undefined;

/** A service on this machine that speaks as Weights & Biases does, and notes what it is sent. */
export async function wandbService(answer: (request: WandbRequest) => Answer = () => undefined) {
  const requests: WandbRequest[] = [];
  const server = createServer((incoming, outgoing) => {
    let text = "";
    incoming.on("data", (part) => (text += part));
    incoming.on("end", () => {
      const body = JSON.parse(text) as WandbBody;
      const { authorization } = incoming.headers;
      const request = { url: incoming.url!, authorization, body };
      requests.push(request);
      const { status, body: reply } = answer(request) ?? { status: 200, body: whenAllIsWell(body) };
      outgoing.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(reply));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  environment({ WANDB_BASE_URL: baseUrl, WANDB_API_KEY: "secret" });
  return { baseUrl, requests };
}

function whenAllIsWell({ query }: WandbBody): unknown {
  if (query === undefined) return {};
  if (query.includes("Viewer")) return { data: { viewer: { id: "u1", entity: "me" } } };
  return { data: { upsertBucket: { bucket: { id: "r1", displayName: "mine" } } } };
}

/** Sets variables for the test, in a home of its own and with none of the service's otherwise. */
export function environment(variables: Record<string, string> = {}): string {
  onTestFinished(() => void vi.unstubAllEnvs());
  for (const name of ["WANDB_MODE", "WANDB_BASE_URL", "WANDB_API_KEY"]) vi.stubEnv(name, undefined);
  const home = temporaryFolder();
  vi.stubEnv("HOME", home);
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
  return home;
}
