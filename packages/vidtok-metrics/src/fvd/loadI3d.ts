import { stat } from "node:fs/promises";
import {
  buffers,
  initialize,
  loadStateDict,
  openCheckpoint,
  parameters,
  stateEntries,
} from "@vidtok/nn";
import { engine } from "../engine.ts";
import { WeightsError } from "../weightsError.ts";
import { I3d } from "./i3dNet.ts";

/** Where I3D's weights are looked for unless named, below the working directory. */
export const defaultFile = "checkpoints/i3d/i3d_pretrained_400.pt";

/** I3D with the weights of a state dict such as `i3d_pretrained_400.pt`; rejects with a `WeightsError` where they are not there. */
export async function loadI3d(path: string = defaultFile): Promise<I3d> {
  await engine();
  const isFile = (await stat(path).catch(() => undefined))?.isFile() ?? false;
  if (!isFile) {
    throw new WeightsError(
      `fvd: there is no file ${path}; FVD takes the weights i3d_pretrained_400.pt that VideoGPT's FVD downloads: save them there or name the file as weights`,
    );
  }
  const net = new I3d();
  const checkpoint = await openCheckpoint(path);
  try {
    const entries = stateEntries(checkpoint);
    const names = [...parameters(net).keys(), ...buffers(net).keys()];
    // Older files do not count batches, which evaluation never asks for.
    const missing = names.filter((it) => !entries.has(it) && !it.endsWith("num_batches_tracked"));
    if (missing.length > 0) {
      throw new WeightsError(
        `fvd: ${path} lacks ${missing.length} of I3D's ${names.length} tensors (${missing[0]}, …); needed is the state dict i3d_pretrained_400.pt (TorchScript archives are not read)`,
      );
    }
    await loadStateDict(net, entries, { strict: false, path });
    initialize(net, 0);
  } finally {
    await checkpoint.close();
  }
  return net;
}
