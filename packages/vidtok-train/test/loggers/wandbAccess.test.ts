import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { checkWandbAccess, wandbAccess } from "../../src/loggers/wandbAccess.ts";
import { TrainError } from "../../src/trainError.ts";
import { environment, wandbService } from "./wandbService.ts";

test("the key comes from the caller, the environment, or ~/.netrc, in this order", () => {
  const home = environment();
  const netrc =
    "# machine api.wandb.ai password old\nmachine other.org login me password wrong\n" +
    "machine api.wandb.ai\n  login user\n  password fromFile\nmachine last.org password other\n";
  writeFileSync(join(home, ".netrc"), netrc);
  const baseUrl = "https://api.wandb.ai";
  expect(wandbAccess(undefined)).toEqual({ baseUrl, apiKey: "fromFile" });
  environment({ WANDB_API_KEY: "fromEnvironment", WANDB_BASE_URL: "https://own.org" });
  expect(wandbAccess(undefined)).toEqual({
    baseUrl: "https://own.org",
    apiKey: "fromEnvironment",
  });
  expect(wandbAccess("given").apiKey).toBe("given");
});

test.each(["", "machine api.wandb.ai login me", "machine other.org password x"])(
  "without a key, as with the .netrc %j, the error says where to get and put one",
  (netrc) => {
    writeFileSync(join(environment(), ".netrc"), netrc);
    expect(() => wandbAccess(undefined)).toThrow(TrainError);
    expect(() => wandbAccess(undefined)).toThrow(
      "wandb: there is no API key; take it from https://wandb.ai/authorize and set WANDB_API_KEY, " +
        'or add "machine api.wandb.ai login user password KEY" to ~/.netrc',
    );
  },
);

test("without a .netrc there is no key either", () => {
  environment();
  expect(() => wandbAccess("")).toThrow("wandb: there is no API key");
});

test("offline modes, in which the SDK drops everything, are refused", () => {
  environment({ WANDB_API_KEY: "secret", WANDB_MODE: "offline" });
  expect(() => wandbAccess(undefined)).toThrow(
    "wandb: WANDB_MODE is offline, but @wandb/sdk keeps nothing on disk and can only send",
  );
});

test("an address that is none is an error", () => {
  environment({ WANDB_API_KEY: "secret", WANDB_BASE_URL: "own.org" });
  expect(() => wandbAccess(undefined)).toThrow(
    "wandb: WANDB_BASE_URL is own.org and has to be an address, https://…",
  );
});

test("a service that knows the key lets in", async () => {
  const { requests } = await wandbService();
  await expect(checkWandbAccess(wandbAccess(undefined))).resolves.toBeUndefined();
  const basic = Buffer.from("api:secret").toString("base64");
  expect(requests).toMatchObject([{ url: "/graphql", authorization: `Basic ${basic}` }]);
});

test.each([
  [401, {}, "does not know the API key (HTTP 401); check WANDB_API_KEY and ~/.netrc"],
  [500, {}, "answered HTTP 500; try again later, or train without --wandb"],
  [200, { data: { viewer: null } }, "knows no user for the API key; check WANDB_API_KEY"],
])("a service that answers %i %j is an error with what to do", async (status, body, message) => {
  const { baseUrl } = await wandbService(() => ({ status, body }));
  await expect(checkWandbAccess(wandbAccess(undefined))).rejects.toThrow(TrainError);
  await expect(checkWandbAccess(wandbAccess(undefined))).rejects.toThrow(
    `wandb: ${baseUrl} ${message}`,
  );
});

test("a service that is not there is an error with the reason", async () => {
  const nowhere = { baseUrl: "http://127.0.0.1:9", apiKey: "secret" };
  await expect(checkWandbAccess(nowhere)).rejects.toThrow(
    "wandb: http://127.0.0.1:9 cannot be reached (bad port); check the network and WANDB_BASE_URL",
  );
  const closed = { baseUrl: "http://127.0.0.1:1023", apiKey: "secret" };
  await expect(checkWandbAccess(closed)).rejects.toThrow(/cannot be reached \(.*ECONNREFUSED/);
});
