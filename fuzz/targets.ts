import type { Target } from "./target.ts";
import { csv } from "./targets/csv.ts";
import { mp4 } from "./targets/mp4.ts";
import { ops } from "./targets/ops.ts";
import { safetensors } from "./targets/safetensors.ts";
import { pickle, torchLegacy, torchZip } from "./targets/torch.ts";
import { yaml } from "./targets/yaml.ts";

/** All targets. */
export const targets: readonly Target[] = [
  yaml,
  csv,
  safetensors,
  pickle,
  torchZip,
  torchLegacy,
  mp4,
  ops,
];
