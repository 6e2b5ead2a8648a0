import { cacheFolder, torchHubFolder } from "../weights/cacheFolder.ts";
import { findFile, isFile } from "../weights/findFile.ts";
import type { WeightSet } from "../weights/weightFiles.ts";
import { WeightsError } from "../weightsError.ts";
import { backbones, type BackboneName } from "./backbones.ts";

/** Where a net's weights lie: all inside a VidTok checkpoint, or in the two original files. */
export type LpipsFiles =
  { readonly model: string } | { readonly backbone: string; readonly heads: string };

const sets: Readonly<Record<BackboneName, WeightSet>> = {
  vgg: "lpips",
  alex: "lpips-alex",
  squeeze: "lpips-squeeze",
};

/** The folders where weights are looked for unless one is named: the reference's, ours, and the one torchvision fetches to. */
function knownFolders(): readonly string[] {
  return ["checkpoints/lpips", cacheFolder(), torchHubFolder()];
}

/** Finds a net's weights at `weights`, a folder or a VidTok checkpoint, or where they are usually kept. */
export async function findLpipsFiles(
  name: BackboneName,
  weights: string | undefined,
): Promise<LpipsFiles> {
  if (weights !== undefined && (await isFile(weights))) return { model: weights };
  const folders = weights === undefined ? knownFolders() : [weights];
  const backboneNames = backbones[name].files;
  const headsName = `${name}.pth`;
  const backbone = await findFile(backboneNames, folders);
  const heads = await findFile([headsName], folders);
  if (backbone !== undefined && heads !== undefined) return { backbone, heads };
  const missing = [
    ...(backbone === undefined ? [backboneNames[0]!] : []),
    ...(heads === undefined ? [headsName] : []),
  ];
  const orElse = name === "vgg" ? "name a VidTok checkpoint as weights, or run" : "run";
  const into = weights === undefined ? "" : ` --cache ${weights}`;
  throw new WeightsError(
    `lpips: no ${missing.join(" and no ")} in ${folders.join(", ")}; ${orElse} vidtok download ${sets[name]}${into}`,
  );
}
