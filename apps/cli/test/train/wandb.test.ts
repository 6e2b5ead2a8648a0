import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test, vi } from "vitest";
import { parse } from "../../src/args/parse.ts";
import { trainFlags } from "../../src/train/flags.ts";
import { wandb } from "../../src/train/wandb.ts";

/** A service on this machine that accepts every run; resolves to the bodies of the requests it got. */
async function service(): Promise<readonly string[]> {
  const bodies: string[] = [];
  const viewer = { id: "u1", entity: "me" };
  const upsertBucket = { bucket: { id: "r1", displayName: "mine" } };
  const server = createServer((incoming, outgoing) => {
    let body = "";
    incoming.on("data", (part) => (body += part));
    incoming.on("end", () => {
      bodies.push(body);
      outgoing.writeHead(200, { "Content-Type": "application/json" });
      outgoing.end(
        JSON.stringify({ data: body.includes("Viewer") ? { viewer } : { upsertBucket } }),
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    vi.unstubAllEnvs();
    server.closeAllConnections();
    server.close();
  });
  vi.stubEnv("WANDB_BASE_URL", `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  vi.stubEnv("WANDB_MODE", undefined);
  return bodies;
}

function logger(step: number, ...args: string[]) {
  const said: string[] = [];
  const { logger: make } = wandb(parse(args, trainFlags).values, (text) => said.push(text));
  const run = { dir: "runs/mine", name: "mine", config: { model: {} }, step };
  return { made: make?.(run), said };
}

test("without --wandb nothing is sent", () => {
  expect(logger(0, "--wandb_project", "x").made).toBeUndefined();
});

test("--wandb begins a run there and tells where it is", async () => {
  const bodies = await service();
  const asked = ["--wandb", "--wandb_project", "p", "--wandb_key", "k", "--wandb_id", "abc"];
  const { made, said } = logger(0, ...asked);
  await (await made)?.close();
  expect(said).toEqual([
    expect.stringMatching(
      /^http\S+\/me\/p\/runs\/abc gets the scalars; pictures stay in the run's folder$/,
    ),
  ]);
  expect(bodies.join("\n")).toContain('"displayName":"mine"');
});

test("a resumed run does not take the id of the one before", async () => {
  await service();
  const { made, said } = logger(5, "--wandb", "--wandb_key", "k", "--wandb_id", "abc");
  await (await made)?.close();
  expect(said[0]).toBe(
    "--wandb_id abc is left out: a resumed run is a new one of Weights & Biases",
  );
  expect(said[1]).not.toContain("/runs/abc");
});

test("a service that cannot be used is an error that says what to do", async () => {
  vi.stubEnv("WANDB_MODE", "offline");
  onTestFinished(() => void vi.unstubAllEnvs());
  await expect(logger(0, "--wandb").made).rejects.toThrow(
    /WANDB_MODE is offline.*without --wandb$/,
  );
});
