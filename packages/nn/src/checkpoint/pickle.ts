// A pickle is a program for a small stack machine. This one builds plain data and hands every name it
// meets to a `PickleWorld`, which decides what the name stands for; nothing is imported or run.
import { setImmediate } from "node:timers/promises";
import { longestName, type Budget } from "./budget.ts";
import type { ByteCursor } from "./byteCursor.ts";
import { PickleGlobal, PickleStub, type PickleValue } from "./pickleValue.ts";
import { ScriptModule } from "./scriptModule.ts";

/** What a `PickleWorld` needs of the pickle it is asked by. */
export interface PickleContext {
  fail(detail: string): never;
  /** Takes the memory of a collection of this many items from the checkpoint's budget. */
  spendItems(count: number): void;
  /** Returns `key`; fails where it is too long for the key of a dict. */
  checkKey(key: PickleValue): PickleValue;
}

/** Decides what names and persistent ids in a pickle stand for. */
export interface PickleWorld {
  /** The object `name(...args)` builds; a `PickleStub` for a name that is not allowed. */
  call(name: string, args: readonly PickleValue[], context: PickleContext): PickleValue;
  /** The object stored elsewhere under `id`. */
  persistent(id: PickleValue, context: PickleContext): PickleValue;
}

// A longer integer can only be an attempt to keep the reader busy.
const longIntegerBytes = 256;
// Approximate memory in V8: a slot of the stack, an item of a collection, and an empty collection.
const slotBytes = 8;
const itemBytes = 40;
const collectionBytes = 240;
// Nothing that is read of a checkpoint is kept in these objects.
const bytesObject = new PickleStub("bytes");
const setObject = new PickleStub("set");
// Signals are handled between turns of this many opcodes, about a millisecond each.
const turn = 32768;

/** Runs the pickle at the cursor up to its STOP and returns the one object it leaves. */
export function readPickle(
  cursor: ByteCursor,
  world: PickleWorld,
  budget: Budget,
): Promise<PickleValue> {
  return new PickleMachine(cursor, world, budget).run();
}

class PickleMachine implements PickleContext {
  readonly #cursor: ByteCursor;
  readonly #world: PickleWorld;
  readonly #budget: Budget;
  readonly #stack: PickleValue[] = [];
  readonly #marks: number[] = [];
  readonly #memo = new Map<number, PickleValue>();

  constructor(cursor: ByteCursor, world: PickleWorld, budget: Budget) {
    this.#cursor = cursor;
    this.#world = world;
    this.#budget = budget;
  }

  async run(): Promise<PickleValue> {
    for (let steps = 1; ; steps++) {
      const opcode = this.#cursor.byte("pickle opcode");
      if (opcode === 0x2e) return this.#pop();
      this.#budget.spend(slotBytes);
      this.#step(opcode);
      if (steps % turn === 0) await setImmediate();
    }
  }

  fail(detail: string): never {
    return this.#cursor.fail(`pickle: ${detail}`);
  }

  spendItems(count: number): void {
    this.#budget.spend(collectionBytes + itemBytes * count);
  }

  #pop(): PickleValue {
    const value = this.#top();
    this.#stack.length -= 1;
    return value;
  }

  #top(): PickleValue {
    const last = this.#stack.length - 1;
    if (last < (this.#marks.at(-1) ?? 0)) this.fail("takes from an empty stack");
    return this.#stack[last]!;
  }

  #popToMark(): PickleValue[] {
    const mark = this.#marks.pop();
    if (mark === undefined) return this.fail("closes a group that was not opened");
    return this.#stack.splice(mark);
  }

  #push(value: PickleValue): void {
    this.#stack.push(value);
  }

  #tuple(length: number): void {
    if (this.#stack.length - length < (this.#marks.at(-1) ?? 0)) {
      this.fail("takes from an empty stack");
    }
    this.#pushList(this.#stack.splice(-length));
  }

  #pushList(items: PickleValue[]): void {
    this.spendItems(items.length);
    this.#push(items);
  }

  #pushDict(items: readonly PickleValue[]): void {
    this.spendItems(0);
    this.#push(new Map());
    this.#setItems(this.#top(), items);
  }

  #remember(key: number, value: PickleValue): void {
    this.#budget.spend(itemBytes);
    this.#memo.set(key, value);
  }

  #setItems(target: PickleValue, items: readonly PickleValue[]): void {
    if (items.length % 2 !== 0) this.fail(`sets ${items.length} keys and values, an odd number`);
    if (target instanceof PickleStub) return;
    if (!(target instanceof Map)) return this.fail("sets items of something that is not a dict");
    this.#budget.spend(itemBytes * items.length);
    for (let i = 0; i < items.length; i += 2) target.set(this.checkKey(items[i]!), items[i + 1]!);
  }

  checkKey(key: PickleValue): PickleValue {
    if (typeof key !== "string" || key.length <= longestName) return key;
    return this.fail(`has a key of ${key.length} characters; at most ${longestName}`);
  }

  #append(target: PickleValue, items: readonly PickleValue[]): void {
    if (target instanceof PickleStub) return;
    if (!Array.isArray(target)) return this.fail("appends to something that is not a list");
    this.#budget.spend(itemBytes * items.length);
    for (const item of items) target.push(item);
  }

  #call(callee: PickleValue, args: PickleValue): void {
    if (callee instanceof PickleStub) return this.#push(callee);
    if (!(callee instanceof PickleGlobal)) this.fail("calls something that is not a name");
    if (!Array.isArray(args)) this.fail(`calls ${callee.name} without an argument tuple`);
    this.#push(this.#world.call(callee.name, args, this));
  }

  #global(module: PickleValue, name: PickleValue): PickleGlobal {
    if (typeof module !== "string" || typeof name !== "string") {
      return this.fail("names a global with something other than strings");
    }
    this.#budget.spend(collectionBytes + module.length + name.length);
    return new PickleGlobal(`${module}.${name}`);
  }

  #length(bytes: 1 | 4 | 8): number {
    if (bytes === 1) return this.#cursor.byte("pickle length");
    const view = this.#cursor.view(bytes, "pickle length");
    if (bytes === 4) return view.getUint32(0, true);
    return Number(view.getBigUint64(0, true));
  }

  #pushText(text: string): void {
    this.#budget.spend(itemBytes + 2 * text.length);
    this.#push(text);
  }

  #text(length: number): void {
    this.#pushText(this.#cursor.text(length, "pickle string"));
  }

  #bytes(length: number): void {
    this.#cursor.skip(length, "pickle bytes");
    this.#push(bytesObject);
  }

  #longInteger(length: number): void {
    if (length > longIntegerBytes) this.fail(`has an integer of ${length} bytes`);
    const bytes = Buffer.from(this.#cursor.take(length, "pickle integer")).reverse();
    const value = length === 0 ? 0n : BigInt(`0x${bytes.toString("hex")}`);
    this.#budget.spend(itemBytes + length);
    this.#push(plainInteger(BigInt.asIntN(8 * length, value)));
  }

  #textNumber(kind: "integer" | "float"): void {
    const line = this.#cursor.line(`pickle ${kind}`);
    if (kind === "integer" && (line === "00" || line === "01")) return this.#push(line === "01");
    if (kind === "integer" && /^[+-]?\d{1,300}L?$/.test(line)) {
      this.#budget.spend(itemBytes + line.length);
      return this.#push(plainInteger(BigInt(line.replace("L", "").replace("+", ""))));
    }
    const float = Number(line);
    if (kind === "integer" || line.trim() === "" || Number.isNaN(float)) {
      this.fail(`has the ${kind} ${JSON.stringify(line.slice(0, 40))}`);
    }
    this.#push(float);
  }

  #get(key: number): void {
    const value = this.#memo.get(key);
    if (value === undefined) this.fail(`refers to memo ${key}, which was not stored`);
    this.#push(value);
  }

  #memoKey(): number {
    const key = Number(this.#cursor.line("pickle memo key"));
    return Number.isSafeInteger(key) && key >= 0
      ? key
      : this.fail("has a memo key that is no number");
  }

  #persistent(id: PickleValue): void {
    this.#push(this.#world.persistent(id, this));
  }

  #step(opcode: number): void {
    const cursor = this.#cursor;
    switch (String.fromCharCode(opcode)) {
      case "\x80": {
        const protocol = this.#length(1);
        if (protocol > 5) this.fail(`uses protocol ${protocol}; 0 to 5 are read`);
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
        return this.#pushText(cursor.line("pickle string").replace(/^(['"])(.*)\1$/, "$2"));
      case "V":
        return this.#pushText(cursor.line("pickle string"));
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
        return this.#pushList([]);
      case "l":
      case "t":
        return this.#pushList(this.#popToMark());
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
        return this.#pushDict([]);
      case "d":
        return this.#pushDict(this.#popToMark());
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
        return this.#push(setObject);
      case "\x90":
        this.#popToMark();
        if (this.#top() !== setObject) this.fail("adds to something that is not a set");
        return;
      case "\x91":
        this.#popToMark();
        return this.#push(setObject);
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
        if (callee === undefined) this.fail("builds an object of no class");
        return this.#call(callee, args);
      }
      case "b": {
        // Object state: attributes of an OrderedDict, hooks of a parameter, contents of a stub.
        const state = this.#pop();
        const object = this.#top();
        if (!(object instanceof ScriptModule) || !(state instanceof Map)) return;
        this.spendItems(state.size);
        object.addAttributes(state);
        return;
      }
      case "p":
        this.#remember(this.#memoKey(), this.#top());
        return;
      case "q":
        this.#remember(this.#length(1), this.#top());
        return;
      case "r":
        this.#remember(this.#length(4), this.#top());
        return;
      case "\x94":
        this.#remember(this.#memo.size, this.#top());
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
        this.fail(`has opcode 0x${opcode.toString(16)}, which does not occur in checkpoints`);
    }
  }
}

function plainInteger(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
