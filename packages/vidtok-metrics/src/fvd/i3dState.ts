import { buffers, listNames, parameters, type StoredTensor } from "@vidtok/nn";
import { WeightsError } from "../weightsError.ts";
import type { I3d } from "./i3dNet.ts";

type Entries = ReadonlyMap<string, StoredTensor>;

/** A convolution of the net with what belongs to it, by the last part of its name. */
interface StoredUnit {
  readonly weight: StoredTensor;
  readonly rest: Map<string, StoredTensor>;
}

/**
 * I3D's tensors by our names: by those names where a file has them, else unit by unit in the file's order, which is that of the net in every
 * port, with each shape checked. Rejects what is not I3D.
 */
export function i3dState(net: I3d, entries: Entries, path: string): Entries {
  const names = [...parameters(net).keys(), ...buffers(net).keys()];
  // Older files do not count batches, which evaluation never asks for.
  const needed = names.filter((name) => !name.endsWith("num_batches_tracked"));
  const missing = needed.filter((name) => !entries.has(name));
  if (missing.length === 0) return entries;
  const inOrder = byOrder(net, storedUnits(entries));
  if (inOrder) return inOrder;
  throw new WeightsError(
    `fvd: ${path} lacks ${missing.length} of I3D's ${names.length} tensors (${listNames(missing)}) and does not have its ${convolutions(net).length} convolutions in order either; needed is i3d_pretrained_400.pt or i3d_torchscript.pt`,
  );
}

function convolutions(net: I3d): readonly string[] {
  return [...parameters(net).keys()].filter((name) => name.endsWith("conv3d.weight"));
}

function storedUnits(entries: Entries): StoredUnit[] {
  const units: StoredUnit[] = [];
  for (const [name, tensor] of entries) {
    if (tensor.shape.length === 5) units.push({ weight: tensor, rest: new Map() });
    if (tensor.shape.length === 1) units.at(-1)?.rest.set(name.split(".").at(-1)!, tensor);
  }
  return units;
}

function byOrder(net: I3d, units: readonly StoredUnit[]): Entries | undefined {
  const shapes = new Map([...parameters(net), ...buffers(net)].map(([k, { shape }]) => [k, shape]));
  const names = convolutions(net);
  if (units.length !== names.length) return undefined;
  const state = new Map<string, StoredTensor>();
  for (const [i, name] of names.entries()) {
    const unit = name.slice(0, -"conv3d.weight".length);
    const { weight, rest } = units[i]!;
    state.set(name, weight);
    for (const [last, tensor] of rest) {
      const inNorm = `${unit}bn.${last}`;
      state.set(shapes.has(inNorm) ? inNorm : `${unit}conv3d.${last}`, tensor);
    }
    // TensorFlow's net has no scale here; a port may leave out that it is 1.
    const least = shapes.has(`${unit}bn.bias`)
      ? ["bn.bias", "bn.running_mean", "bn.running_var"]
      : ["conv3d.bias"];
    if (!least.every((each) => state.has(unit + each))) return undefined;
  }
  const fits = [...state].every(([name, { shape }]) => shapes.get(name)?.join() === shape.join());
  return fits ? state : undefined;
}
