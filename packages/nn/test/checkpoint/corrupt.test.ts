import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { CheckpointError, openCheckpoint } from "../../src/index.ts";
import { checkpointSeeds, readWhole } from "../checkpointSeeds.ts";
import { fixture, temporaryFile, temporaryFolder, torchFile, zipFile } from "../files.ts";

test.each([...checkpointSeeds()])(
  "%s with a damaged byte is read or refused, never a crash",
  async (name, bytes) => {
    const path = join(temporaryFolder(), name);
    const outcomes = new Set<string>();
    for (let i = 0; i < bytes.length; i += 3) {
      const damaged = Uint8Array.from(bytes);
      damaged[i] = (damaged[i]! ^ (1 + ((i * 37) % 255))) & 255;
      writeFileSync(path, damaged);
      outcomes.add(await readWhole(path));
    }
    expect([...outcomes].sort()).toEqual(["read", "refused"]);
  },
);

test.each(["lightning.ckpt", "legacyViews.ckpt"])(
  "%s cut off anywhere is refused",
  async (name) => {
    const bytes = readFileSync(fixture(name));
    const path = join(temporaryFolder(), name);
    for (let length = 0; length < bytes.length; length += 1 + (length % 7)) {
      writeFileSync(path, bytes.subarray(0, length));
      expect(await readWhole(path), `the first ${length} bytes`).toBe("refused");
    }
  },
);

test("a cut legacy file says which storage, how many bytes it needs and where the file ends", async () => {
  const bytes = readFileSync(fixture("tiny_legacy.ckpt"));
  const path = temporaryFile(bytes.subarray(0, 40000));
  await expect(openCheckpoint(path)).rejects.toThrow(
    /case.ckpt, offset \d+: storage \d+ needs \d+ bytes but the file ends at 40000; is it truncated/,
  );
});

test("what is no checkpoint is refused with its first bytes", async () => {
  await expect(
    openCheckpoint(temporaryFile(Buffer.from("version https://git-lfs"))),
  ).rejects.toThrow(
    /23 bytes that start with "version https:\/\/git-lfs" are no checkpoint; expected a torch zip/,
  );
  await expect(openCheckpoint(temporaryFile(new Uint8Array(0)))).rejects.toThrow(
    /0 bytes that start/,
  );
  await expect(openCheckpoint("/nowhere/x.ckpt")).rejects.toThrow(
    "checkpoint: /nowhere/x.ckpt: no such file",
  );
  await expect(openCheckpoint(temporaryFolder())).rejects.toThrow(/is not a file/);
});

const pickle = Buffer.from("\x80\x02}.", "latin1");

test.each([
  ["compressed", { method: 8 }, /case\/data.pkl is compressed \(method 8\)/],
  ["encrypted", { flags: 1 }, /case\/data.pkl is encrypted/],
] as const)("a zip entry that is %s is refused", async (_, change, message) => {
  const path = temporaryFile(zipFile([{ name: "case/data.pkl", data: pickle, ...change }]));
  await expect(openCheckpoint(path)).rejects.toThrow(message);
});

test("a zip64 file is read", async () => {
  const path = temporaryFile(zipFile([{ name: "case/data.pkl", data: pickle, isZip64: true }]));
  const checkpoint = await openCheckpoint(path);
  expect(checkpoint.entries.size).toBe(0);
  await checkpoint.close();
});

test("a zip file of something else, and one from a big-endian machine, are refused", async () => {
  const other = temporaryFile(zipFile([{ name: "readme.txt", data: pickle }]));
  await expect(openCheckpoint(other)).rejects.toThrow(/zip file without <name>\/data.pkl/);
  const big = temporaryFile(
    zipFile([
      { name: "case/data.pkl", data: pickle },
      { name: "case/byteorder", data: Buffer.from("big") },
    ]),
  );
  await expect(openCheckpoint(big)).rejects.toThrow(/big-endian/);
});

// In protocol 0 spelling: c module\nname\n is a name, ( t a tuple, R a call, Q a persistent id.
const storage = "((S'storage'\nctorch\nFloatStorage\nS'0'\nS'cpu'\nI6\ntQ";
const tensor = (sizes: string, strides: string, offset = "I0\n") =>
  `(dS'x'\nctorch._utils\n_rebuild_tensor_v2\n${storage}${offset}(${sizes}t(${strides}tI00\n(dtRs.`;

test.each([
  ["an empty stack", "0.", /takes from an empty stack/],
  ["a stack that ends at a mark", "}(s.", /takes from an empty stack/],
  ["a group that was not opened", "t.", /closes a group that was not opened/],
  ["half a pair", "(I1\nd.", /sets 1 keys and values, an odd number/],
  ["items of a number", "I1\n(I1\nI2\nu.", /sets items of something that is not a dict/],
  ["appending to a number", "I1\nI2\na.", /appends to something that is not a list/],
  ["adding to a number", "I1\n(I2\n\x90.", /adds to something that is not a set/],
  ["calling a number", "I1\n)R.", /calls something that is not a name/],
  ["a call without a tuple", "cos\nsystem\nI1\nR.", /calls os.system without an argument tuple/],
  ["an unknown memo key", "h\x07.", /refers to memo 7, which was not stored/],
  ["a memo key of letters", "}px\n.", /memo key that is no number/],
  ["a number of letters", "Iabc\n.", /has the integer "abc"/],
  ["a float of letters", "Fabc\n.", /has the float "abc"/],
  ["a huge integer", "\x8b\xff\xff\x00\x00.", /has an integer of 65535 bytes/],
  ["a long string", "X\xff\xff\xff\x7f.", /pickle string needs 2147483647 bytes but 1 are left/],
  ["an unknown opcode", "\x82\x01.", /has opcode 0x82/],
  ["a newer protocol", "\x80\x09.", /uses protocol 9; 0 to 5 are read/],
  ["no end", "}", /pickle opcode needs 1 bytes but 0 are left/],
  ["no line end", "c" + "a".repeat(70000), /no line end within 65536 bytes/],
  ["a name of numbers", "I1\nI2\n\x93.", /names a global with something other than strings/],
  ["an object of no class", "(o.", /builds an object of no class/],
  ["a list at the top", "].", /holds a list; a dict of tensors/],
  ["a number at the top", "I5\n.", /holds the value 5; a dict of tensors/],
  ["a dict inside itself", "}q\x00S'a'\nh\x00s.", /nests deeper than 64 at a\.a\.a/],
  ["a parameter without a tensor", "ctorch._utils\n_rebuild_parameter\n)R.", /holds no tensor/],
  ["a tensor without a storage", "ctorch._utils\n_rebuild_tensor_v2\n)R.", /without a storage/],
  ["sizes without strides", tensor("I2\nI3\n", "I1\n"), /\[2, 3\] has strides \[1\]/],
  ["a negative size", tensor("I-2\n", "I1\n"), /size is -2, not a count/],
  [
    "sizes beyond the storage",
    tensor("I7\n", "I1\n"),
    /x f32 \[7\] needs 28 bytes of storage but it holds 24/,
  ],
  ["strides beyond the storage", tensor("I2\nI2\n", "I5\nI1\n"), /needs 28 bytes .* holds 24/],
  ["an offset beyond the storage", tensor("I1\n", "I1\n", "I6\n"), /needs 28 bytes .* holds 24/],
  [
    "endless repetition",
    tensor("I999999999\n", "I0\n"),
    /tensor x: its tensors unfold to far more/,
  ],
])("a pickle with %s is refused", async (_, text, message) => {
  const error = await openCheckpoint(torchFile(text, { "0": new Uint8Array(24) })).catch(
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(CheckpointError);
  expect(String(error)).toMatch(message);
});

test("a tensor whose storage is not in the file is refused by name", async () => {
  await expect(openCheckpoint(torchFile(tensor("I6\n", "I1\n")))).rejects.toThrow(
    /tensor x lies in case\/data\/0, which is not in the file/,
  );
});
