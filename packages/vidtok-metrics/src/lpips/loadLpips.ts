import {
  initialize,
  loadStateDict,
  openCheckpoint,
  parameters,
  stateDict,
  stateEntries,
  type Checkpoint,
  type StoredTensor,
  type TensorSource,
} from "@vidtok/nn";
import { engine } from "../engine.ts";
import { WeightsError } from "../weightsError.ts";
import { backbones, type BackboneName } from "./backbones.ts";
import { checkFirstUse } from "../weights/storedChecksum.ts";
import { findLpipsFiles, type LpipsFiles } from "./findLpipsFiles.ts";
import { Lpips } from "./lpipsNet.ts";

const PREFIX = "loss.perceptual_loss.";

/** Options of `loadLpips`. */
export interface LoadLpipsOptions {
  /** Default vgg, the reference's. */
  readonly backbone?: BackboneName;
  /**
   * A folder with torchvision's backbone file and the heads (`vgg.pth`, `alex.pth` or `squeeze.pth`), or a VidTok checkpoint, which
   * has vgg's weights inside. Default: where the files are found first of `checkpoints/lpips` as in the reference, `cacheFolder()` and
   * PyTorch's own cache.
   */
  readonly weights?: string;
}

/** LPIPS with weights from the original files; rejects with a `WeightsError` that says which files it needs. */
export async function loadLpips(options: LoadLpipsOptions = {}): Promise<Lpips> {
  const { backbone = "vgg", weights } = options;
  return loadLpipsFiles(backbone, await findLpipsFiles(backbone, weights));
}

/** LPIPS with weights from files that are there. */
export async function loadLpipsFiles(name: BackboneName, files: LpipsFiles): Promise<Lpips> {
  await engine();
  const net = new Lpips(name);
  const paths = "model" in files ? [files.model] : [files.backbone, files.heads];
  for (const path of paths) await checkFirstUse(path);
  const checkpoints: Checkpoint[] = [];
  try {
    for (const path of paths) checkpoints.push(await openCheckpoint(path));
    const entries = checkpoints.map((checkpoint) => stateEntries(checkpoint));
    const state =
      "model" in files
        ? insideModel(files.model, entries[0]!)
        : original(net, entries[0]!, entries[1]!);
    await loadStateDict(net, state, { path: paths.join(" and ") });
  } finally {
    await Promise.all(checkpoints.map((checkpoint) => checkpoint.close()));
  }
  return net;
}

function insideModel(
  path: string,
  entries: ReadonlyMap<string, StoredTensor>,
): ReadonlyMap<string, StoredTensor> {
  const inside = [...entries].filter(([name]) => name.startsWith(PREFIX));
  if (inside.length === 0) {
    throw new WeightsError(
      `lpips: ${path} has ${entries.size} tensors but none named ${PREFIX}*; name a checkpoint of a whole VidTok model, or a folder with ${backbones.vgg.files[0]} and vgg.pth`,
    );
  }
  return new Map(inside.map(([name, entry]) => [name.slice(PREFIX.length), entry]));
}

/** torchvision's `features.10.weight` is `net.slice3.10.weight` here; the heads' names are equal. */
function original(
  net: Lpips,
  backbone: ReadonlyMap<string, StoredTensor>,
  heads: ReadonlyMap<string, StoredTensor>,
): ReadonlyMap<string, TensorSource> {
  const state = new Map<string, TensorSource>();
  // The files leave these out: they have always been the same.
  initialize(net.scaling_layer, 0);
  for (const [name, value] of stateDict(net.scaling_layer)) {
    state.set(`scaling_layer.${name}`, value);
  }
  for (const name of parameters(net).keys()) {
    const found = backbone.get(name.replace(/^net\.slice\d+\./, "features.")) ?? heads.get(name);
    if (found) state.set(name, found);
  }
  return state;
}
