export { referenceBackend } from "../backends/reference.ts";
export { opCases, type OpCase } from "./cases.ts";
export { roundToBf16 } from "../bf16.ts";
export { assertClose, difference, type Difference } from "./compare.ts";
export { gradcheck, onReference, type GradRange } from "./gradcheck.ts";
export { fnv1a, hashValues, noise } from "./noise.ts";
export { evaluateCase, parityError } from "./parity.ts";
export { traced } from "./trace.ts";
export { timed, type KernelTime } from "./timed.ts";
