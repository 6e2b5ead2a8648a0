import { readFileSync, writeFileSync } from "node:fs";
import { mutateBytes } from "../mutateBytes.ts";
import { shapePickle } from "../pickle.ts";
import type { Target } from "../target.ts";
import { unzip, zip } from "../zipFile.ts";
import type { Member } from "../zipFile.ts";
import { fixtures, isCheckpointError, readCheckpoint } from "./checkpoint.ts";

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
  shape: shapePickle,
  run: readCheckpoint,
  isExpected: isCheckpointError,
};
