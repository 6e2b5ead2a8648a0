import { initialize, parameters } from "@vidtok/nn";
import type { Tensor } from "@vidtok/tensor";
import { gradcheck } from "@vidtok/tensor/testing";
import { expect, test } from "vitest";
import { loadConfig } from "../../src/config/loadConfig.ts";
import { modelConfig } from "../../src/config/modelConfig.ts";
import type { NetworkConfig } from "../../src/config/modelConfig.ts";
import { FrameAttention } from "../../src/layers/attention.ts";
import type { Layer } from "../../src/layers/layer.ts";
import { ResBlock } from "../../src/layers/resBlock.ts";
import { SpatialDown, SpatialUp } from "../../src/layers/spatialResample.ts";
import { TemporalDown, TemporalUp } from "../../src/layers/temporalResample.ts";
import { microConfig } from "../microModel.ts";

type Make = (config: NetworkConfig, channels: number) => Layer;

const normed: Readonly<Record<string, Make>> = {
  "a block over frames": (config, c) => new ResBlock(config, "frame", c, c),
  "a block along time": (config, c) => new ResBlock(config, "time", c, c),
  "a block over both": (config, c) => new ResBlock(config, "volume", c, c),
  "a block that widens": (config, c) => new ResBlock(config, "frame", c, 2 * c),
  attention: (config, c) => new FrameAttention(config, c),
};
const plain: Readonly<Record<string, Make>> = {
  "spatial down": (config, c) => new SpatialDown(config, c),
  "spatial up": (config, c) => new SpatialUp(config, c),
  "temporal down": (config, c) => new TemporalDown(config, c),
  "temporal up": (config, c) => new TemporalUp(config, c, 1),
};

const families = ["3dcausal", "3dcausal_v1_1", "3dnoncausal"] as const;
const norms = ["layernorm", "groupnorm"] as const;
const cases = families.flatMap((family) => [
  ...Object.entries(normed).flatMap(([name, make]) =>
    norms.map((norm) => ({ name, make, family, norm })),
  ),
  ...Object.entries(plain).map(([name, make]) => ({ name, make, family, norm: norms[0] })),
]);

// Group norm has 32 groups; two channels in each, and sizes that are no powers of two.
test.each(cases)("the gradient of $name, $family with $norm", async ({ make, family, norm }) => {
  const config = modelConfig(
    loadConfig(
      microConfig({ family, params: { norm_type: norm, interpolation_mode: "trilinear" } }),
    ),
  ).encoder;
  const channels = norm === "groupnorm" ? 64 : 5;
  let layer: Layer | undefined;
  const forward = (x: Tensor): Tensor => {
    // Made on first use, on the float64 backend that the check brings along.
    layer ??= started(make(config, channels));
    return layer.forward(x);
  };
  expect(await gradcheck(forward, [[1, channels, 3, 3, 2]])).toBeLessThan(1e-6);
});

function started(layer: Layer): Layer {
  initialize(layer, 7);
  expect([...parameters(layer).values()].every(({ hasValue }) => hasValue)).toBe(true);
  return layer;
}
