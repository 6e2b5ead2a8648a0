import type { InputPath } from "./checkPaths.ts";

/** The files that a model is built from; without `ckpt` its weights are random. */
export function modelPaths(model: {
  readonly config: string;
  readonly ckpt: string | undefined;
}): readonly InputPath[] {
  const { config, ckpt } = model;
  return [
    { what: "the config", path: config },
    ...(ckpt === undefined ? [] : [{ what: "the checkpoint", path: ckpt }]),
  ];
}
