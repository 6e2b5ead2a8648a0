import { readFileSync, writeFileSync } from "node:fs";
import { joined, mutateBytes } from "../mutateBytes.ts";
import type { Draw } from "../draw.ts";
import { drawPickle, insertOpcodes } from "../pickle.ts";
import type { Target } from "../target.ts";
import { unzip, zip } from "../zipFile.ts";
import type { Member } from "../zipFile.ts";
import { fixtures, isCheckpointError, readCheckpoint } from "./checkpoint.ts";

const shapePickle = (draw: Draw, pickle: Uint8Array): Uint8Array =>
  draw.chance(0.6) ? drawPickle(draw) : insertOpcodes(draw, pickle);

const isZip = (bytes: Buffer): boolean => bytes.subarray(0, 2).toString() === "PK";

/** Pickles of the current format, each in a zip file with one storage. */
export const pickle: Target = {
  name: "pickle",
  ending: ".pkl",
  seeds: () =>
    Promise.resolve(
      fixtures(isZip).flatMap((bytes) =>
        unzip(bytes)
          .filter(({ name }) => name.endsWith("data.pkl"))
          .map(({ data }) => data),
      ),
    ),
  shape: shapePickle,
  async run(path) {
    writeFileSync(
      `${path}.ckpt`,
      zip([
        { name: "archive/data.pkl", data: readFileSync(path) },
        { name: "archive/byteorder", data: Buffer.from("little") },
        { name: "archive/data/0", data: new Uint8Array(64) },
        { name: "archive/version", data: Buffer.from("3\n") },
      ]),
    );
    return await readCheckpoint(`${path}.ckpt`);
  },
  isExpected: isCheckpointError,
};

/** Checkpoints of the current format: zip files. */
export const torchZip: Target = {
  name: "torch-zip",
  ending: ".ckpt",
  seeds: () => Promise.resolve(fixtures(isZip)),
  shape(draw, input) {
    const members = [...unzip(input)];
    if (members.length === 0) return mutateBytes(draw, input, input);
    const at = draw.below(members.length);
    const { name, data } = members[at]!;
    const isPickle = /\.pkl$/.test(name);
    const changes: readonly (() => readonly Member[])[] = [
      () => members.with(at, { name, data: isPickle ? shapePickle(draw, data) : data }),
      () => members.with(at, { name, data: mutateBytes(draw, data, data) }),
      () => members.with(at, { name: draw.pick([`../${name}`, "", `${name}/`, "data.pkl"]), data }),
      () => members.toSpliced(at, 1),
      () => [...members, members[at]!],
      () => members.toSpliced(at, 1, ...members.slice(at, at + 2).reverse()),
    ];
    const made = zip(draw.pick(changes)());
    return draw.chance(0.3) ? mutateBytes(draw, made, input) : made;
  },
  run: readCheckpoint,
  isExpected: isCheckpointError,
};

/** Checkpoints of the format before zip files: pickles, one after the other, and storages. */
export const torchLegacy: Target = {
  name: "torch-legacy",
  ending: ".ckpt",
  seeds: () => Promise.resolve(fixtures((bytes) => !isZip(bytes))),
  shape: shapeLegacy,
  run: readCheckpoint,
  isExpected: isCheckpointError,
};

// Where one pickle ends and the next begins: magic number, version, system, state dict, keys.
const between = Buffer.from([0x2e, 0x80, 2]);
const stateDict = 3;

/** A legacy file with opcodes put into one of its pickles. */
function shapeLegacy(draw: Draw, input: Uint8Array): Uint8Array {
  const starts = [0];
  for (let at = 0; (at = Buffer.from(input).indexOf(between, at)) >= 0; at++) starts.push(at + 1);
  const which = draw.chance(0.8) ? stateDict : draw.below(starts.length);
  const [start = 0, end = input.length] = starts.slice(which);
  const changed = insertOpcodes(draw, input.subarray(start, end));
  return joined(input.subarray(0, start), changed, input.subarray(end));
}
