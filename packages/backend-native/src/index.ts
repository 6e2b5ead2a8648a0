export { type NativeMemory } from "./addon.ts";
export { isaAvailable, type Isa, type IsaStatus } from "./isa.ts";
export { nativeBackend, type NativeBackend, type NativeOptions } from "./nativeBackend.ts";
