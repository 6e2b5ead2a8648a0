// Drawn calls of the addon's own methods: whatever numbers come, an error or a result, and no
// memory is lost. `test:asan` runs more of them on an addon that stops at the first access outside
// a buffer.
import { assertClose, hashValues } from "@vidtok/tensor/testing";
import { afterAll, expect, test } from "vitest";
import type { Session } from "../src/addon.ts";
import { addons } from "./addons.ts";
import { callAnyMethod, drawnCall, storageSize, type DrawnCall } from "./hostileCommands.ts";

const calls = Number(process.env["VIDTOK_HOSTILE_CALLS"] ?? 3000);
const counts = { results: 0, errors: 0 };

afterAll(() => {
  process.stdout.write(
    `hostile sessions: ${counts.results} calls with results, ${counts.errors} with errors\n`,
  );
});

interface Machine {
  readonly name: string;
  readonly session: Session;
  readonly commands: Float64Array;
  /** A storage of floats and one of bf16 numbers. */
  readonly handles: readonly number[];
}

const isas = addons.flatMap(([, addon]) =>
  addon.isas.map((status, index) => ({ ...status, addon, index })),
);
const machines = isas.flatMap(({ isa, reason, addon, index }): Machine[] => {
  if (reason) return [];
  const commands = new Float64Array(1024);
  const session = new addon.Session(commands, 2, index);
  const floats = session.upload(hashValues("hostile", storageSize));
  const [size, copy] = [storageSize, [0, 1, 0, 0]];
  commands.set([1, 1, 1, size, floats, 0, 1, size, 1, 0, size, ...copy]);
  return [{ name: isa, session, commands, handles: [floats, session.map()] }];
});
const kept = machines.map(({ session }) => session.memory().live);

/** The results of a call, which are freed, or the message of its error. */
function run({ session, commands }: Machine, call: DrawnCall): Float32Array[] | string {
  commands.fill(NaN).set(call.numbers);
  try {
    const before = session.memory().live;
    const made = [session[call.kernel]()].flat() as number[];
    const bytes = session.memory().live - before;
    return made.map((handle) => {
      const values = new Float32Array(readable(session, handle, bytes));
      session.read(handle, values);
      session.free(handle);
      return values;
    });
  } catch (error) {
    // Instruction sets take memory of their own on the way to a result.
    return (error as Error).message.replace(/: out of memory.*/, ": out of memory");
  }
}

/** Elements of a storage, of which nothing tells how many it has: as many as can be read. */
function readable(session: Session, handle: number, bytes: number): number {
  let [low, high] = [0, bytes / 2];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    try {
      session.read(handle, new Float32Array(middle));
      low = middle;
    } catch {
      high = middle - 1;
    }
  }
  return low;
}

// Formulas may grow without bounds, and what they amount to is another machine's rounding.
const isComparable = ({ kernel }: DrawnCall): boolean => /^(matmul|conv)/.test(kernel);

test(`${calls} drawn calls of kernels`, { timeout: 600_000 }, () => {
  for (let seed = 0; seed < calls; seed++) {
    const call = drawnCall(seed, machines[0]!.handles);
    const [expected, actual] = [machines[0]!, machines[seed % machines.length]!].map((machine) =>
      run(machine, drawnCall(seed, machine.handles)),
    );
    const what = `seed ${seed}, ${call.kernel} ${call.numbers.join(" ")}`;
    if (typeof actual === "string" || typeof expected === "string") {
      expect(actual, what).toMatch(/^native: /);
      expect(actual, what).toBe(expected);
      counts.errors++;
      continue;
    }
    counts.results++;
    if (!isComparable(call)) continue;
    actual!.forEach((values, i) => assertClose([...values, 1], [...expected![i]!, 1], 2e-2, what));
  }
});

test(`${calls} drawn calls of other methods`, { timeout: 600_000 }, () => {
  for (let seed = 0; seed < calls; seed++) {
    const { session, handles } = machines[seed % machines.length]!;
    try {
      callAnyMethod(session, seed, handles[0]!);
      counts.results++;
    } catch (error) {
      expect((error as Error).message, `seed ${seed}`).toMatch(/^native: /);
      counts.errors++;
    }
  }
});

test("no call loses memory", () => {
  machines.forEach(({ session, name }, i) => expect(session.memory().live, name).toBe(kept[i]));
});
