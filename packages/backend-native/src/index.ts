export { type NativeMemory } from "./addon.ts";
export { isaAvailable, type Isa, type IsaStatus } from "./isa.ts";
export { nativeAddon, type AddonAttempt, type AddonSearch } from "./loadAddon.ts";
export { nativeBackend, type NativeBackend } from "./nativeBackend.ts";
export { type NativeOptions } from "./settings.ts";
export { sharedNativeBackend } from "./sharedNativeBackend.ts";
