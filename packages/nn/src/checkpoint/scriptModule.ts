import type { PickleValue } from "./pickleValue.ts";

/** A module of a TorchScript archive as its attributes by name: parameters, buffers and modules. Its code is never looked at. */
export class ScriptModule extends Map<PickleValue, PickleValue> {
  /** Whether TorchScript gives a class of this name to a module. */
  static isClass(name: string): boolean {
    return name.startsWith("__torch__.");
  }

  /** Takes the attributes over that a pickle sets after it has made the module. */
  addAttributes(attributes: ReadonlyMap<PickleValue, PickleValue>): void {
    for (const [name, value] of attributes) this.set(name, value);
  }
}
