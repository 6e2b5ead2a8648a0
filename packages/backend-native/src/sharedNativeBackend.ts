import { registerBackend } from "@vidtok/tensor";
import { nativeBackend, type NativeBackend } from "./nativeBackend.ts";
import { settings, type NativeOptions } from "./settings.ts";

// By mode. Not held: a session that nobody uses ends when it is collected.
const sessions = new Map<string, WeakRef<NativeBackend>>();

/**
 * The native backend in use with the same threads and instruction set, else a new one: what
 * `useBackend("native")` takes.
 */
export function sharedNativeBackend(options: NativeOptions = {}): NativeBackend {
  const { isa, threads, mode } = settings(options);
  const inUse = sessions.get(mode)?.deref();
  if (inUse) return inUse;
  const backend = nativeBackend({ isa, threads });
  sessions.set(mode, new WeakRef(backend));
  return backend;
}

registerBackend("native", sharedNativeBackend);
