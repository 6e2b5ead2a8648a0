import {
  buffers,
  initialize,
  loadStateDict,
  matchState,
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

type Entries = ReadonlyMap<string, StoredTensor>;

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
      "model" in files ? insideModel(net, files.model, entries[0]!) : original(net, paths, entries);
    await loadStateDict(net, state, { path: paths.join(" and ") });
  } catch (error) {
    net.dispose();
    throw error;
  } finally {
    await Promise.all(checkpoints.map((checkpoint) => checkpoint.close()));
  }
  return net;
}

/** A net's tensors from inside the checkpoint of a whole model, by the net's names. */
function insideModel(net: Lpips, path: string, entries: Entries): Entries {
  if (![...entries.keys()].some((name) => name.includes("perceptual_loss."))) {
    throw new WeightsError(
      `lpips: ${path} has ${entries.size} tensors but none named ${PREFIX}*; ` +
        `name a checkpoint of a whole VidTok model, or a folder with ${backbones.vgg.files[0]} and vgg.pth`,
    );
  }
  return found(net, path, entries, (name) => PREFIX + name);
}

/** torchvision's `features.10.weight` is `net.slice3.10.weight` here; the heads' names are equal. */
function original(
  net: Lpips,
  paths: readonly string[],
  [backbone, heads]: readonly Entries[],
): ReadonlyMap<string, TensorSource> {
  const slice = /^net\.slice\d+\./;
  // The files leave these out: they have always been the same.
  initialize(net.scaling_layer, 0);
  return new Map<string, TensorSource>([
    ...[...stateDict(net.scaling_layer)].map(
      ([name, value]) => [`scaling_layer.${name}`, value] as const,
    ),
    ...found(net, paths[0]!, backbone!, (name) =>
      slice.test(name) ? name.replace(slice, "features.") : undefined,
    ),
    ...found(net, paths[1]!, heads!, (name) => (name.startsWith("lin") ? name : undefined)),
  ]);
}

/** A net's tensors that a file has, by the net's names; `inFile` is the file's name for one. */
function found(
  net: Lpips,
  path: string,
  entries: Entries,
  inFile: (name: string) => string | undefined,
): Entries {
  const names = new Map<string, string>();
  const shapes = new Map<string, readonly number[]>();
  for (const [name, { shape }] of [...parameters(net), ...buffers(net)]) {
    const other = inFile(name);
    if (other === undefined) continue;
    names.set(other, name);
    shapes.set(other, shape);
  }
  const { used } = matchState(shapes, entries, { path });
  return new Map([...used].map(([name, entry]) => [names.get(name)!, entry]));
}
