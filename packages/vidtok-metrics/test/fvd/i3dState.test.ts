import { buffers, parameters, type StoredTensor } from "@vidtok/nn";
import { expect, test } from "vitest";
import { I3d } from "../../src/nets.ts";
import { i3dState } from "../../src/fvd/i3dState.ts";

const net = new I3d();
const shapes = new Map([...parameters(net), ...buffers(net)].map(([k, { shape }]) => [k, shape]));

function stored(name: string, shape: readonly number[]): StoredTensor {
  const unread = (): never => expect.unreachable();
  return { name, shape, dtype: "f32", bytes: 0, readBytes: unread, read: unread };
}

/** The tensors of the net in another port's order and names, unit by unit. */
function ported(rename: (name: string) => string | undefined): Map<string, StoredTensor> {
  const units = [...parameters(net).keys()].filter((name) => name.endsWith("conv3d.weight"));
  const parts = ["conv3d.weight", "conv3d.bias", "bn.running_var", "bn.running_mean", "bn.bias"];
  const names = units.flatMap((name) =>
    [...parts, "bn.weight", "bn.num_batches_tracked"].map((part) =>
      name.replace("conv3d.weight", part),
    ),
  );
  return new Map(
    names.flatMap((name) => {
      const [shape, other] = [shapes.get(name), rename(name)];
      return shape && other ? [[other, stored(name, shape)] as const] : [];
    }),
  );
}

const otherNames = (name: string): string =>
  `model.${name
    .toLowerCase()
    .replace(".bn.", ".batch3d.")
    .replace(/\.b(\d)([ab]?)\./, ".branch_$1.$2.")}`;

test("a file with I3D's names is taken as it is", () => {
  const entries = ported((name) => name);
  expect(i3dState(net, entries, "file")).toBe(entries);
});

test("a file with other names is taken unit by unit", () => {
  for (const rename of [
    otherNames,
    (name: string) => (name.endsWith("bn.weight") ? undefined : otherNames(name)),
  ]) {
    const state = i3dState(net, ported(rename), "file");
    for (const [name, tensor] of state) expect(tensor.name).toBe(name);
    const least = [...shapes.keys()].filter((name) => !/num_batches|bn.weight/.test(name));
    for (const name of least) expect(state.has(name)).toBe(true);
  }
});

test("a file with other convolutions, or without their statistics, is refused", () => {
  const entries = [...ported(otherNames)];
  const message = /file lacks \d+ of I3D's 344 tensors .* and does not have its 58 convolutions/;
  const [first, ...others] = entries;
  for (const wrong of [
    others,
    [...others, first!],
    entries.map(([name, tensor]) => [name, stored(tensor.name, [...tensor.shape, 1])] as const),
    entries.filter(([name]) => !name.endsWith("running_mean")),
    [],
  ]) {
    expect(() => i3dState(net, new Map(wrong), "file")).toThrow(message);
  }
});
