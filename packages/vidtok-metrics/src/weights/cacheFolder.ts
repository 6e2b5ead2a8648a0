import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Where downloaded weights are kept: `VIDTOK_CACHE`, or `vidtok` in the user's cache: `XDG_CACHE_HOME`, `LOCALAPPDATA` on Windows, else
 * `~/.cache`.
 */
export function cacheFolder(env: Environment = process.env): string {
  return env["VIDTOK_CACHE"] || join(userCache(env), "vidtok");
}

/** Where PyTorch keeps the files that torchvision fetches. */
export function torchHubFolder(env: Environment = process.env): string {
  return join(env["TORCH_HOME"] || join(userCache(env), "torch"), "hub", "checkpoints");
}

function userCache(env: Environment): string {
  const given = env["XDG_CACHE_HOME"] ?? "";
  // The XDG specification has relative paths ignored.
  if (isAbsolute(given)) return given;
  return (process.platform === "win32" && env["LOCALAPPDATA"]) || join(homedir(), ".cache");
}
