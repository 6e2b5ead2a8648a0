import { open, readFile, rm, stat, writeFile, type FileHandle } from "node:fs/promises";
import { placeFile } from "@vidtok/files";

/** A download that has begun: its bytes in `PATH.part`, and in `PATH.part.of` what they are the beginning of. */
export class PartialFile {
  readonly #whole: string;
  readonly #of: string;
  readonly path: string;

  constructor(path: string) {
    this.#whole = path;
    this.path = `${path}.part`;
    this.#of = `${this.path}.of`;
  }

  /** Bytes so far. */
  async size(): Promise<number> {
    return (await stat(this.path).catch(() => undefined))?.size ?? 0;
  }

  /** Its first bytes, at most 512. */
  async head(): Promise<Uint8Array> {
    const file = await open(this.path, "r");
    try {
      const { bytesRead, buffer } = await file.read(new Uint8Array(512), 0, 512, 0);
      return buffer.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  }

  /** The version that the server named when these bytes of `url` came; undefined where they cannot be told to fit. */
  async version(url: string): Promise<string | undefined> {
    const [from, version] = (await readFile(this.#of, "utf8").catch(() => "")).split("\n");
    return from === url && version ? version : undefined;
  }

  /** Opens it at its end, to go on. */
  resume(): Promise<FileHandle> {
    return open(this.path, "r+");
  }

  /** Opens it empty, as the beginning of this version of `url`. */
  async begin(url: string, version: string | undefined): Promise<FileHandle> {
    await rm(this.#of, { force: true });
    const handle = await open(this.path, "w");
    if (version !== undefined) await writeFile(this.#of, `${url}\n${version}`);
    return handle;
  }

  /** Gives the complete bytes their name. */
  async complete(): Promise<void> {
    await placeFile(this.path, this.#whole);
    await rm(this.#of, { force: true });
  }

  async remove(): Promise<void> {
    await rm(this.path, { force: true });
    await rm(this.#of, { force: true });
  }
}
