import { closeSync, fstatSync, openSync, readSync, statSync } from "node:fs";
import { budget } from "./budget.ts";
import { errorAt } from "./source.ts";
import { ConfigError } from "./value.ts";

// What PyYAML takes as printable. Lone surrogates cannot come out of UTF-8.
const unprintable = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]/;

/**
 * The text of a yaml file: a regular file of at most `budget.bytes` of printable UTF-8, its mark
 * removed.
 */
export function readYamlText(file: string): string {
  const bytes = readBytes(file);
  if (bytes.length > budget.bytes) {
    throw new ConfigError(`config: ${file} is ${tooLong}`);
  }
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)) {
    throw new ConfigError(
      `config: ${file}:1:1: the text is UTF-16, needed UTF-8; save it as UTF-8`,
    );
  }
  const text = bytes.toString("utf8");
  const again = Buffer.from(text, "utf8");
  if (!again.equals(bytes)) {
    let at = 0;
    while (again[at] === bytes[at]) at++;
    const wrong = bytes[at];
    const byte = wrong === undefined ? "the end" : `byte 0x${wrong.toString(16)}`;
    const source = { where: file, text: bytes.toString("utf8", 0, at) };
    throw errorAt(source, source.text.length, `${byte} is not UTF-8; save the file as UTF-8`);
  }
  const bare = text.replace(/^\ufeff/, "");
  checkPrintable(bare, file);
  return bare;
}

/** Refuses control characters, which yaml takes in double quotes only as escapes such as `\x1b`. */
export function checkPrintable(text: string, where: string): void {
  const at = text.search(unprintable);
  if (at < 0) return;
  const code = text.charCodeAt(at).toString(16).padStart(2, "0");
  throw errorAt(
    { where, text },
    at,
    `the control character 0x${code} is not allowed; write it in double quotes as an escape`,
  );
}

const tooLong = `over ${budget.bytes} bytes long, which no config is; needed at most ${budget.bytes}`;

/** The bytes of a regular file, one more than the budget at most. */
function readBytes(file: string): Buffer {
  try {
    // Opening a FIFO would wait for a writer.
    if (!statSync(file).isFile()) {
      throw new ConfigError(`config: ${file} is not a regular file; needed a yaml file`);
    }
    const open = openSync(file, "r");
    try {
      const bytes = Buffer.alloc(Math.min(fstatSync(open).size, budget.bytes) + 1);
      let length = 0;
      for (;;) {
        const count = readSync(open, bytes, length, bytes.length - length, null);
        length += count;
        if (count === 0 || length === bytes.length) return bytes.subarray(0, length);
      }
    } finally {
      closeSync(open);
    }
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigError(`config: ${file} cannot be read (${reason})`, { cause: error });
  }
}
