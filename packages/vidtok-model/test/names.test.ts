import { parameters } from "@vidtok/nn";
import { expect, test } from "vitest";
import { loadConfig } from "../src/config/loadConfig.ts";
import { modelConfig } from "../src/config/modelConfig.ts";
import { Decoder } from "../src/decoder.ts";
import { Encoder } from "../src/encoder.ts";
import { configFile, readStateDicts } from "./parity/goldens.ts";

const goldens = Object.entries(readStateDicts());

test("there are names for 23 configs", () => expect(goldens).toHaveLength(23));

// No weight gets a value here, so full-size models cost nothing.
test.each(goldens)("%s has the reference's weight names, shapes and order", (name, expected) => {
  const config = modelConfig(loadConfig(configFile(name)));
  const [encoder, decoder] = [new Encoder(config.encoder), new Decoder(config.decoder)];
  const found = [...parameters({ encoder, decoder })].map(([key, { shape }]) => [key, [...shape]]);
  expect(found).toEqual(expected);
});
