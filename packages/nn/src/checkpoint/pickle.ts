// A pickle is a program for a small stack machine. This one builds plain data and hands every name it
// meets to a `PickleWorld`, which decides what the name stands for; nothing is imported or run.
import type { ByteCursor } from "./byteCursor.ts";
import { PickleGlobal, PickleStub, type PickleValue } from "./pickleValue.ts";
import { ScriptModule } from "./scriptModule.ts";

/** Decides what names and persistent ids in a pickle stand for. */
export interface PickleWorld {
  /** The object `name(...args)` builds; a `PickleStub` for a name that is not allowed. */
  call(name: string, args: readonly PickleValue[], fail: (detail: string) => never): PickleValue;
  /** The object stored elsewhere under `id`. */
  persistent(id: PickleValue, fail: (detail: string) => never): PickleValue;
}

// A longer integer can only be an attempt to keep the reader busy.
const longIntegerBytes = 256;

/** Runs the pickle at the cursor up to its STOP and returns the one object it leaves. */
export function readPickle(cursor: ByteCursor, world: PickleWorld): PickleValue {
  return new PickleMachine(cursor, world).run();
}

class PickleMachine {
  readonly #cursor: ByteCursor;
  readonly #world: PickleWorld;
  readonly #stack: PickleValue[] = [];
  readonly #marks: number[] = [];
  readonly #memo = new Map<number, PickleValue>();

  constructor(cursor: ByteCursor, world: PickleWorld) {
    this.#cursor = cursor;
    this.#world = world;
  }

  run(): PickleValue {
    for (;;) {
      const opcode = this.#cursor.take(1, "pickle opcode")[0]!;
      if (opcode === 0x2e) return this.#pop();
      this.#step(opcode);
    }
  }

  #fail(detail: string): never {
    return this.#cursor.fail(`pickle: ${detail}`);
  }

  #pop(): PickleValue {
    const value = this.#top();
    this.#stack.length -= 1;
    return value;
  }

  #top(): PickleValue {
    const last = this.#stack.length - 1;
    if (last < (this.#marks.at(-1) ?? 0)) this.#fail("takes from an empty stack");
    return this.#stack[last]!;
  }

  #popToMark(): PickleValue[] {
    const mark = this.#marks.pop();
    if (mark === undefined) return this.#fail("closes a group that was not opened");
    return this.#stack.splice(mark);
  }

  #push(value: PickleValue): void {
    this.#stack.push(value);
  }

  #tuple(length: number): void {
    const items: PickleValue[] = [];
    for (let i = 0; i < length; i++) items.unshift(this.#pop());
    this.#push(items);
  }

  #setItems(target: PickleValue, items: readonly PickleValue[]): void {
    if (items.length % 2 !== 0) this.#fail(`sets ${items.length} keys and values, an odd number`);
    if (target instanceof PickleStub) return;
    if (!(target instanceof Map)) return this.#fail("sets items of something that is not a dict");
    for (let i = 0; i < items.length; i += 2) target.set(items[i]!, items[i + 1]!);
  }

  #append(target: PickleValue, items: readonly PickleValue[]): void {
    if (target instanceof PickleStub) return;
    if (!Array.isArray(target)) return this.#fail("appends to something that is not a list");
    for (const item of items) target.push(item);
  }

  #call(callee: PickleValue, args: PickleValue): void {
    if (callee instanceof PickleStub) return this.#push(callee);
    if (!(callee instanceof PickleGlobal)) this.#fail("calls something that is not a name");
    if (!Array.isArray(args)) this.#fail(`calls ${callee.name} without an argument tuple`);
    this.#push(this.#world.call(callee.name, args, (detail) => this.#fail(detail)));
  }

  #global(module: PickleValue, name: PickleValue): PickleGlobal {
    if (typeof module !== "string" || typeof name !== "string") {
      return this.#fail("names a global with something other than strings");
    }
    return new PickleGlobal(`${module}.${name}`);
  }

  #length(bytes: 1 | 4 | 8): number {
    const view = this.#cursor.view(bytes, "pickle length");
    if (bytes === 1) return view.getUint8(0);
    if (bytes === 4) return view.getUint32(0, true);
    return Number(view.getBigUint64(0, true));
  }

  #text(length: number): void {
    this.#push(this.#cursor.text(length, "pickle string"));
  }

  #bytes(length: number): void {
    this.#push(this.#cursor.take(length, "pickle bytes").slice());
  }

  #longInteger(length: number): void {
    if (length > longIntegerBytes) this.#fail(`has an integer of ${length} bytes`);
    let value = 0n;
    const bytes = this.#cursor.take(length, "pickle integer");
    for (let i = length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i]!);
    this.#push(plainInteger(BigInt.asIntN(8 * length, value)));
  }

  #textNumber(kind: "integer" | "float"): void {
    const line = this.#cursor.line(`pickle ${kind}`);
    if (kind === "integer" && (line === "00" || line === "01")) return this.#push(line === "01");
    if (kind === "integer" && /^[+-]?\d{1,300}L?$/.test(line)) {
      return this.#push(plainInteger(BigInt(line.replace("L", "").replace("+", ""))));
    }
    const float = Number(line);
    if (kind === "integer" || line.trim() === "" || Number.isNaN(float)) {
      this.#fail(`has the ${kind} ${JSON.stringify(line.slice(0, 40))}`);
    }
    this.#push(float);
  }

  #get(key: number): void {
    const value = this.#memo.get(key);
    if (value === undefined) this.#fail(`refers to memo ${key}, which was not stored`);
    this.#push(value);
  }

  #memoKey(): number {
    const key = Number(this.#cursor.line("pickle memo key"));
    return Number.isSafeInteger(key) && key >= 0
      ? key
      : this.#fail("has a memo key that is no number");
  }

  #persistent(id: PickleValue): void {
    this.#push(this.#world.persistent(id, (detail) => this.#fail(detail)));
  }

  #step(opcode: number): void {
    const cursor = this.#cursor;
    switch (String.fromCharCode(opcode)) {
      case "\x80": {
        const protocol = this.#length(1);
        if (protocol > 5) this.#fail(`uses protocol ${protocol}; 0 to 5 are read`);
        return;
      }
      case "\x95":
        cursor.take(8, "pickle frame");
        return;
      case "(":
        this.#marks.push(this.#stack.length);
        return;
      case "0":
        // Python pops a mark with the same opcode as a value.
        if (this.#marks.at(-1) === this.#stack.length) this.#marks.pop();
        else this.#pop();
        return;
      case "1":
        this.#popToMark();
        return;
      case "2":
        return this.#push(this.#top());
      case "N":
        return this.#push(null);
      case "\x88":
        return this.#push(true);
      case "\x89":
        return this.#push(false);
      case "I":
      case "L":
        return this.#textNumber("integer");
      case "F":
        return this.#textNumber("float");
      case "J":
        return this.#push(cursor.view(4, "pickle integer").getInt32(0, true));
      case "K":
        return this.#push(this.#length(1));
      case "M":
        return this.#push(cursor.view(2, "pickle integer").getUint16(0, true));
      case "\x8a":
        return this.#longInteger(this.#length(1));
      case "\x8b":
        return this.#longInteger(this.#length(4));
      case "G":
        return this.#push(cursor.view(8, "pickle float").getFloat64(0, false));
      case "S":
        return this.#push(cursor.line("pickle string").replace(/^(['"])(.*)\1$/, "$2"));
      case "V":
        return this.#push(cursor.line("pickle string"));
      case "T":
      case "X":
        return this.#text(this.#length(4));
      case "U":
      case "\x8c":
        return this.#text(this.#length(1));
      case "\x8d":
        return this.#text(this.#length(8));
      case "B":
        return this.#bytes(this.#length(4));
      case "C":
        return this.#bytes(this.#length(1));
      case "\x8e":
      case "\x96":
        return this.#bytes(this.#length(8));
      case "]":
      case ")":
        return this.#push([]);
      case "l":
      case "t":
        return this.#push(this.#popToMark());
      case "a": {
        const item = this.#pop();
        return this.#append(this.#top(), [item]);
      }
      case "e": {
        const items = this.#popToMark();
        return this.#append(this.#top(), items);
      }
      case "\x85":
        return this.#tuple(1);
      case "\x86":
        return this.#tuple(2);
      case "\x87":
        return this.#tuple(3);
      case "}":
        return this.#push(new Map());
      case "d": {
        const items = this.#popToMark();
        this.#push(new Map());
        return this.#setItems(this.#top(), items);
      }
      case "s": {
        const value = this.#pop();
        const key = this.#pop();
        return this.#setItems(this.#top(), [key, value]);
      }
      case "u": {
        const items = this.#popToMark();
        return this.#setItems(this.#top(), items);
      }
      case "\x8f":
        return this.#push(new Set());
      case "\x90": {
        const items = this.#popToMark();
        const target = this.#top();
        if (!(target instanceof Set)) this.#fail("adds to something that is not a set");
        for (const item of items) target.add(item);
        return;
      }
      case "\x91":
        return this.#push(new Set(this.#popToMark()));
      case "c": {
        const module = cursor.line("pickle name");
        return this.#push(this.#global(module, cursor.line("pickle name")));
      }
      case "\x93": {
        const name = this.#pop();
        return this.#push(this.#global(this.#pop(), name));
      }
      case "R":
      case "\x81": {
        const args = this.#pop();
        return this.#call(this.#pop(), args);
      }
      case "\x92": {
        this.#pop();
        const args = this.#pop();
        return this.#call(this.#pop(), args);
      }
      case "i": {
        const module = cursor.line("pickle name");
        const name = this.#global(module, cursor.line("pickle name"));
        return this.#call(name, this.#popToMark());
      }
      case "o": {
        const [callee, ...args] = this.#popToMark();
        if (callee === undefined) this.#fail("builds an object of no class");
        return this.#call(callee, args);
      }
      case "b": {
        // Object state: attributes of an OrderedDict, hooks of a parameter, contents of a stub.
        const state = this.#pop();
        const object = this.#top();
        if (object instanceof ScriptModule) object.addAttributes(state);
        return;
      }
      case "p":
        this.#memo.set(this.#memoKey(), this.#top());
        return;
      case "q":
        this.#memo.set(this.#length(1), this.#top());
        return;
      case "r":
        this.#memo.set(this.#length(4), this.#top());
        return;
      case "\x94":
        this.#memo.set(this.#memo.size, this.#top());
        return;
      case "g":
        return this.#get(this.#memoKey());
      case "h":
        return this.#get(this.#length(1));
      case "j":
        return this.#get(this.#length(4));
      case "P":
        return this.#persistent(cursor.line("pickle persistent id"));
      case "Q":
        return this.#persistent(this.#pop());
      default:
        this.#fail(`has opcode 0x${opcode.toString(16)}, which does not occur in checkpoints`);
    }
  }
}

function plainInteger(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
