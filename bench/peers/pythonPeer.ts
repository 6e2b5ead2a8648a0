import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** A Python process that answers each line of JSON with one. */
export interface PythonPeer {
  ask<Answer>(question: unknown): Promise<Answer>;
  /** Ends it; a question after that is an error. */
  close(): void;
}

/** Starts a script; a question is an error if that ends without an answer, as it does without PyTorch. */
export function startPython(python: string, script: URL): PythonPeer {
  const child = spawn(python, [fileURLToPath(script)], { stdio: ["pipe", "pipe", "inherit"] });
  const failed = new Promise<never>((_, fail) => child.once("error", fail));
  failed.catch(() => undefined);
  // What was asked of a process that has ended; the missing answer tells.
  child.stdin.on("error", () => undefined);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async ask<Answer>(question: unknown) {
      child.stdin.write(`${JSON.stringify(question)}\n`);
      const { value, done } = await Promise.race([lines.next(), failed]);
      if (done) throw new Error(`${python} ended; --python names one that can import torch`);
      return JSON.parse(value) as Answer;
    },
    close: () => child.stdin.end(),
  };
}
