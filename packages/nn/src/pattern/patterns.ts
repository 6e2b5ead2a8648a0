import type { CharacterSet } from "./characterSet.ts";
import { parsePattern } from "./parsePattern.ts";
import type { Assertion, PatternNode } from "./parsePattern.ts";
import { PatternError } from "./patternError.ts";

/** Most parts of all patterns together; a repetition `{n}` takes those of its part n times. */
const PARTS = 1000;

/** Most steps of all tests together; a step is one state at one character, some 40 ns. */
const STEPS = 2e7;

/** One state of the automaton; `next` are the states that follow. */
interface State {
  readonly has?: CharacterSet;
  readonly holds?: Assertion;
  readonly next: number[];
}

/**
 * Tells whether a text begins with something that one of the patterns matches, as Python's
 * `re.match` does.
 */
export class Patterns {
  readonly #patterns: readonly string[];
  readonly #states: readonly State[];
  readonly #starts: readonly number[];
  /** The character at which each state was last entered, counted over all tests. */
  readonly #entered: Float64Array;
  #characters = 0;
  #steps = 0;

  /** Parses Python's syntax; throws a PatternError that shows the pattern. */
  constructor(patterns: readonly string[]) {
    const compiler = new Compiler();
    this.#patterns = patterns;
    this.#starts = patterns.map((pattern) => compiler.compile(pattern));
    this.#states = compiler.states;
    this.#entered = new Float64Array(this.#states.length);
  }

  /** Takes at most as many steps as the text has characters times the patterns have parts. */
  test(text: string): boolean {
    const codes = Array.from(text, (character) => character.codePointAt(0) ?? 0);
    let states: readonly number[] = this.#starts;
    for (let at = 0; states.length > 0; at++) {
      const waiting = this.#follow(states, codes, at);
      if (waiting === undefined) return true;
      const code = codes[at];
      if (code === undefined) return false;
      const next: number[] = [];
      for (const state of waiting) if (state.has?.(code)) next.push(state.next[0]!);
      states = next;
    }
    return false;
  }

  /**
   * The states that wait for a character, reached without one; undefined once a pattern has
   * matched.
   */
  #follow(
    states: readonly number[],
    text: readonly number[],
    at: number,
  ): readonly State[] | undefined {
    const character = ++this.#characters;
    const waiting: State[] = [];
    const open = [...states];
    for (let i = open.pop(); i !== undefined; i = open.pop()) {
      if (i === ACCEPT) return undefined;
      if (this.#entered[i] === character) continue;
      this.#entered[i] = character;
      this.#count();
      const state = this.#states[i]!;
      if (state.has !== undefined) waiting.push(state);
      else if (state.holds?.(text, at) ?? true) open.push(...state.next);
    }
    return waiting;
  }

  #count(): void {
    if (++this.#steps <= STEPS) return;
    throw new PatternError(
      this.#patterns.join(" | "),
      `takes more than ${STEPS} steps for these names; shorten it or its repetitions`,
    );
  }
}

const ACCEPT = -1;

/** Writes the automaton from its end: each part is given the state that follows it. */
class Compiler {
  readonly states: State[] = [];
  #pattern = "";
  #parts = 0;

  /** The first state of a pattern. */
  compile(pattern: string): number {
    this.#pattern = pattern;
    return this.#emit(parsePattern(pattern), ACCEPT);
  }

  #emit(node: PatternNode, next: number): number {
    if (++this.#parts > PARTS) {
      throw new PatternError(
        this.#pattern,
        `passes ${PARTS} parts, with repetitions written out; shorten it`,
      );
    }
    switch (node.kind) {
      case "character":
        return this.#push({ has: node.has, next: [next] });
      case "assertion":
        return this.#push({ holds: node.holds, next: [next] });
      case "sequence":
        return node.parts.reduceRight((after, part) => this.#emit(part, after), next);
      case "choice":
        return this.#push({ next: node.parts.map((part) => this.#emit(part, next)) });
      case "repeat":
        return this.#repeat(node.part, node.least, node.most, next);
    }
  }

  #repeat(part: PatternNode, least: number, most: number, next: number): number {
    let first = next;
    if (most === Infinity) {
      const loop: State = { next: [next] };
      first = this.#push(loop);
      loop.next.push(this.#emit(part, first));
    } else {
      for (let i = least; i < most; i++) {
        first = this.#push({ next: [next, this.#emit(part, first)] });
      }
    }
    for (let i = 0; i < least; i++) first = this.#emit(part, first);
    return first;
  }

  #push(state: State): number {
    return this.states.push(state) - 1;
  }
}
