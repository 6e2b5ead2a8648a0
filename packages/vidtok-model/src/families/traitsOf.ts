import type { Family, NetworkConfig } from "../config/modelConfig.ts";
import { causal } from "./causal.ts";
import { causalV11 } from "./causalV11.ts";
import type { FamilyTraits } from "./familyTraits.ts";
import { noncausal } from "./noncausal.ts";

const families: Readonly<Record<Family, FamilyTraits>> = {
  causal,
  "causal v1.1": causalV11,
  noncausal,
};

/** The traits of the family that a network belongs to. */
export function traitsOf({ family }: Pick<NetworkConfig, "family">): FamilyTraits {
  return families[family];
}
