import { setFlagsFromString } from "node:v8";
import { createContext, runInNewContext, Script } from "node:vm";
import { Worker } from "node:worker_threads";
import type { WasmHost } from "./host.ts";

// Runs as it is, from sources and from bundles.
const threadCode = `
const { module, memory, session, number, stack } = require("node:worker_threads").workerData;
const cell = new Int32Array(new SharedArrayBuffer(4));
const vidtok_yield = () => Atomics.wait(cell, 0, 0, 0.05);
const { exports } = new WebAssembly.Instance(module, { env: { memory, vidtok_yield } });
exports.__stack_pointer.value = stack;
exports.session_work(session, number);
`;

const cell = new Int32Array(new SharedArrayBuffer(4));
const nothing = new Script("undefined");
let context: object | undefined;
let gc: (() => void) | undefined;

/** Node: threads are workers, and JavaScript collects when it is asked to. */
export const nodeHost: WasmHost = {
  startThreads(module, memory, session, threads) {
    const workers: Worker[] = [];
    const end = (): void => workers.forEach((worker) => void worker.terminate());
    try {
      for (const thread of threads) {
        const workerData = { module, memory, session, ...thread };
        // Without what the program's own threads start with.
        const worker = new Worker(threadCode, { eval: true, workerData, execArgv: [], env: {} });
        worker.unref();
        // Sessions do without it.
        worker.once("error", ({ message }) => {
          process.emitWarning(`backend native: a thread of wasm ended: ${message}`);
        });
        workers.push(worker);
      }
    } catch (error) {
      end();
      throw error;
    }
    return { end };
  },

  warn: (message) => process.emitWarning(message),

  yield: () => void Atomics.wait(cell, 0, 0, 0.05),

  releaseLooks() {
    // The end of a script with microtasks of its own counts as the end of a turn.
    context ??= createContext({}, { microtaskMode: "afterEvaluate" });
    nothing.runInContext(context);
  },

  collect() {
    if (!gc) {
      setFlagsFromString("--expose-gc");
      gc = runInNewContext("gc") as () => void;
    }
    gc();
  },
};
