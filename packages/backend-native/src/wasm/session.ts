import type { Precision } from "@vidtok/tensor";
import type { NativeMemory, Session } from "../addon.ts";
import {
  doublesArgument,
  floatsArgument,
  numberArgument,
  objectArgument,
  stringArgument,
} from "./arguments.ts";
import { WasmGarbage } from "./garbage.ts";
import { WasmHeap } from "./heap.ts";
import type { WasmHost } from "./host.ts";
import type { WasmKernels } from "./kernels.ts";
import { WasmOwners } from "./owners.ts";
import { startThreads } from "./threads.ts";
import type { WasmModule } from "./webAssembly.ts";

// As in the addon: how much freed memory is a reason to collect, bytes between two looks for
// collected storages, and what a storage takes besides its elements.
const collectFrom = 2 ** 26;
const sweepEvery = 2 ** 20;
const overhead = 4096;

type KernelName = {
  [K in keyof WasmKernels]: WasmKernels[K] extends WasmKernels["session_map"] ? K : never;
}[keyof WasmKernels];

/** A session of the WebAssembly engine, with an instance and memory of its own. */
export class WasmSession implements Session {
  readonly #module: WasmModule;
  readonly #host: WasmHost;
  readonly #heap: WasmHeap;
  readonly #kernels: WasmKernels;
  readonly #commands: Float64Array;
  readonly #room: number;
  readonly #threads: number;
  readonly #address: number;
  readonly #owners: WasmOwners;
  readonly #garbage: WasmGarbage;
  #hasThreads = false;
  // Bytes of storages since the last sweep.
  #produced = 0;

  constructor(
    module: WasmModule,
    host: WasmHost,
    commands: Float64Array,
    threads: number,
    isa: number,
  ) {
    this.#module = module;
    this.#host = host;
    this.#commands = doublesArgument(commands, 1);
    this.#threads = numberArgument(threads, 2);
    numberArgument(isa, 3);
    this.#heap = new WasmHeap(module, () => host.yield());
    this.#kernels = this.#heap.kernels;
    this.#room = this.#heap.take(Math.max(commands.byteLength, 8));
    this.#address = this.#checked(this.#kernels.session_new(threads, isa));
    this.#owners = new WasmOwners(host);
    this.#garbage = new WasmGarbage(host);
  }

  upload(data: Float32Array): number {
    floatsArgument(data, 1);
    return this.#producing(() => {
      const handle = this.#checked(this.#kernels.session_reserve(this.#address, data.length));
      this.#heap.floats(this.#find(handle, data.length), data.length).set(data);
      return handle;
    });
  }

  read(handle: number, to: Float32Array): void {
    floatsArgument(to, 2);
    const address = this.#find(numberArgument(handle, 1), to.length);
    if (!this.#kernels.session_isBf16(this.#address, handle)) {
      to.set(this.#heap.floats(address, to.length));
      return;
    }
    // The upper halves of floats.
    const bits = new Uint32Array(to.buffer, to.byteOffset, to.length);
    this.#heap.halves(address, to.length).forEach((half, i) => (bits[i] = half << 16));
  }

  free(handle: number): number {
    const left = this.#checked(
      this.#kernels.session_free(this.#address, numberArgument(handle, 1)),
    );
    this.#owners.remove(handle);
    return left;
  }

  own(handle: number, owner: object): void {
    objectArgument(owner, 2);
    this.#checked(this.#kernels.session_check(this.#address, numberArgument(handle, 1)));
    this.#owners.add(handle, owner);
  }

  sweep(): number {
    this.#sweep();
    return this.#kernels.session_live(this.#address);
  }

  map(): number {
    return this.#run("session_map");
  }
  reduce(): number {
    return this.#run("session_reduce");
  }
  matmul(): number {
    return this.#run("session_matmul");
  }
  conv(): number {
    return this.#run("session_conv");
  }
  convWeight(): number {
    return this.#run("session_convWeight");
  }
  layerNorm(): number {
    return this.#run("session_layerNorm");
  }
  mapAll(): readonly number[] {
    return this.#made(this.#run("session_mapAll"));
  }
  layerNormGradients(): readonly number[] {
    return this.#made(this.#run("session_layerNormGradients"));
  }

  memory(): NativeMemory {
    return {
      live: this.#kernels.session_live(this.#address),
      peak: this.#kernels.session_peak(this.#address),
      packed: this.#kernels.session_packed(this.#address),
      pooled: this.#kernels.session_pooled(this.#address),
    };
  }

  trim(): void {
    this.#sweep();
    // Where much was freed, JavaScript has garbage too: the arrays that weights were loaded from.
    if (this.#kernels.session_pooled(this.#address) >= collectFrom) {
      this.#garbage.collect();
      this.#sweep();
    }
    this.#kernels.session_trim(this.#address);
    this.#garbage.collected(this.#used());
  }

  copy(handle: number): number {
    return this.#producing(() =>
      this.#checked(this.#kernels.session_copy(this.#address, numberArgument(handle, 1))),
    );
  }

  multiplyAdds(operands: Precision, rounds: number): number {
    const isBf16 = stringArgument(operands, 1) === "bf16" ? 1 : 0;
    const count = numberArgument(rounds, 2);
    return this.#parallel(() =>
      this.#checked(this.#kernels.session_multiplyAdds(this.#address, isBf16, count)),
    );
  }

  #run(kernel: KernelName): number {
    return this.#producing(() => {
      // Empty where its memory was taken away.
      const { length } = this.#commands;
      if (length > 0) this.#heap.doubles(this.#room, length).set(this.#commands);
      return this.#checked(this.#kernels[kernel](this.#address, this.#room, length));
    });
  }

  #made(count: number): readonly number[] {
    return Array.from({ length: count }, (_, i) => this.#kernels.session_made(i));
  }

  /** The address of a storage that has so many elements. */
  #find(handle: number, size: number): number {
    return this.#checked(this.#kernels.session_address(this.#address, handle, size));
  }

  /** The result of a call; throws where it failed. */
  #checked(result: number): number {
    if (result >= 0) return result;
    throw new Error(`native: ${this.#heap.text(this.#kernels.session_failure())}`);
  }

  /** A call that makes storages. Before it, storages whose owners were collected make room. */
  #producing(call: () => number): number {
    if (this.#produced >= sweepEvery) {
      this.#sweep();
      if (this.#garbage.collects(this.#used())) {
        this.#sweep();
        this.#garbage.collected(this.#used());
      }
    }
    const before = this.#kernels.session_live(this.#address);
    const result = this.#parallel(call);
    this.#produced += this.#kernels.session_live(this.#address) - before + overhead;
    return result;
  }

  /** A call that may have work for all threads, which start once it had. */
  #parallel(call: () => number): number {
    const result = call();
    if (!this.#hasThreads && this.#kernels.session_wantsThreads(this.#address)) {
      this.#hasThreads = true;
      startThreads(this, this.#address, this.#threads, {
        module: this.#module,
        heap: this.#heap,
        host: this.#host,
      });
    }
    return result;
  }

  #sweep(): void {
    this.#produced = 0;
    for (const handle of this.#owners.takeCollected()) {
      this.#kernels.session_free(this.#address, handle);
    }
  }

  /** Bytes in storages and packed weights. */
  #used(): number {
    return this.#kernels.session_live(this.#address) + this.#kernels.session_packed(this.#address);
  }
}
