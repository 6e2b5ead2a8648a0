import { access, stat } from "node:fs/promises";
import { join } from "node:path";
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
import { Lpips } from "./lpipsNet.ts";

/** Where the weights of LPIPS are looked for unless named: below the working directory, as the reference does. */
export const defaultFolder = "checkpoints/lpips";

const PREFIX = "loss.perceptual_loss.";

/** Options of `loadLpips`. */
export interface LoadLpipsOptions {
  /** Default vgg, the reference's. */
  readonly backbone?: BackboneName;
  /**
   * A folder with torchvision's backbone file and the heads (`vgg.pth`, `alex.pth` or `squeeze.pth`), or a VidTok checkpoint, which
   * has vgg's weights inside. Default `checkpoints/lpips`.
   */
  readonly weights?: string;
}

/** LPIPS with weights from the original files; rejects with a `WeightsError` that says which files it needs. */
export async function loadLpips(options: LoadLpipsOptions = {}): Promise<Lpips> {
  const { backbone = "vgg", weights = defaultFolder } = options;
  await engine();
  const net = new Lpips(backbone);
  const isFile = (await stat(weights).catch(() => undefined))?.isFile() ?? false;
  const sources = isFile ? [weights] : await originalFiles(weights, backbone);
  const checkpoints: Checkpoint[] = [];
  try {
    for (const path of sources) checkpoints.push(await openCheckpoint(path));
    const entries = checkpoints.map((checkpoint) => stateEntries(checkpoint));
    const state = isFile
      ? insideModel(weights, entries[0]!)
      : original(net, entries[0]!, entries[1]!);
    await loadStateDict(net, state, { path: sources.join(" and ") });
  } finally {
    await Promise.all(checkpoints.map((checkpoint) => checkpoint.close()));
  }
  return net;
}

async function originalFiles(folder: string, backbone: BackboneName): Promise<string[]> {
  const first = async (names: readonly string[]): Promise<string | undefined> => {
    for (const name of names) {
      const path = join(folder, name);
      if (
        await access(path).then(
          () => true,
          () => false,
        )
      )
        return path;
    }
    return undefined;
  };
  const { files } = backbones[backbone];
  const heads = `${backbone}.pth`;
  const found = [await first(files), await first([heads])];
  const missing = [files[0]!, heads].filter((_, i) => found[i] === undefined);
  if (missing.length === 0) return found.filter((path) => path !== undefined);
  const origins = [
    `https://download.pytorch.org/models/${files[0]}`,
    `https://github.com/richzhang/PerceptualSimilarity/raw/master/lpips/weights/v0.1/${heads}`,
  ].filter((_, i) => found[i] === undefined);
  throw new WeightsError(
    `lpips: ${folder} has no ${missing.join(" and no ")}; save ${origins.join(" and ")} there` +
      (backbone === "vgg" ? ", or name a VidTok checkpoint as weights" : ""),
  );
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
