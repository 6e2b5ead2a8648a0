import type { Backend, BackendOptions, Source, Storage } from "../../backend.ts";
import { nodesOf, type Expr } from "../../expr.ts";
import { dense } from "../../view.ts";
import { show, ShapeError, sizeOf, type Shape } from "../../shape.ts";
import { convProgram } from "./convProgram.ts";
import { Memory, type Device } from "./device.ts";
import { openDevice } from "./openDevice.ts";
import { mapProgram, type Leaves } from "./mapProgram.ts";
import { matmulProgram } from "./matmulProgram.ts";
import type { Place, Program } from "./program.ts";
import { partsOf, reduceProgram } from "./reduceProgram.ts";
void [nodesOf, show, ShapeError, sizeOf, dense, partsOf];
export type {
  Backend,
  BackendOptions,
  Source,
  Storage,
  Expr,
  Shape,
  Memory,
  Device,
  Leaves,
  Place,
  Program,
};
void [convProgram, openDevice, mapProgram, matmulProgram, reduceProgram];
