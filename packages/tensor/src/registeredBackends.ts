import { UnavailableError, type Backend, type BackendOptions } from "./backend.ts";

/** Opens a backend; throws an `UnavailableError` with the reason where it cannot run. */
export type OpenBackend = (options: BackendOptions) => Backend | Promise<Backend>;

const registered = new Map<string, OpenBackend>();

/**
 * Lets `useBackend` open a backend by its name. A package that holds a backend calls it when it is
 * imported; a second call for a name takes the place of the first.
 */
export function registerBackend(name: string, open: OpenBackend): void {
  registered.set(name, open);
}

/** Opens the backend that a package has registered under a name. */
export async function openRegistered(name: string, options: BackendOptions): Promise<Backend> {
  const open = registered.get(name);
  if (open) return open(options);
  const from = `@vidtok/backend-${name}`;
  throw new UnavailableError(
    `backend ${name}: ${from} has not been imported; install it and \`import "${from}"\``,
  );
}
