import { initialize, loadStateDict, openCheckpoint, stateEntries } from "@vidtok/nn";
import { engine } from "../engine.ts";
import { cacheFolder } from "../weights/cacheFolder.ts";
import { findFile, isFile } from "../weights/findFile.ts";
import { checkFirstUse } from "../weights/storedChecksum.ts";
import { WeightsError } from "../weightsError.ts";
import { I3d } from "./i3dNet.ts";
import { i3dState } from "./i3dState.ts";

const names = ["i3d_pretrained_400.pt", "i3d_torchscript.pt"];

/** The file with I3D's weights: the given one, or the one found first below the working directory and in the cache folder. */
export async function findI3dFile(path?: string): Promise<string> {
  const folders = ["checkpoints/i3d", cacheFolder()];
  const found = path === undefined ? await findFile(names, folders) : path;
  if (found !== undefined && (await isFile(found))) return found;
  const lack = path === undefined ? `no I3D weights in ${folders.join(", ")}` : `no file ${path}`;
  throw new WeightsError(
    `fvd: ${lack}; name ${names.join(" or ")} as weights, or run vidtok download i3d`,
  );
}

/**
 * I3D with the weights of `i3d_pretrained_400.pt` (a state dict) or `i3d_torchscript.pt` (an archive whose code is not run); rejects with a
 * `WeightsError` where they are not there. Unless named, the file is looked for in `checkpoints/i3d` and in `cacheFolder()`.
 */
export async function loadI3d(path?: string): Promise<I3d> {
  const file = await findI3dFile(path);
  await checkFirstUse(file);
  await engine();
  const net = new I3d();
  const checkpoint = await openCheckpoint(file);
  try {
    const state = i3dState(net, stateEntries(checkpoint), file);
    await loadStateDict(net, state, { strict: false, path: file });
    initialize(net, 0);
  } catch (error) {
    net.dispose();
    throw error;
  } finally {
    await checkpoint.close();
  }
  return net;
}
