// Builds wasm/vidtok.wasm, which is committed, as it needs tools that few have. With `--check` it
// compares the committed file with what the sources give.
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { compileWasm } from "./compile.mjs";
import { toolchain } from "./toolchain.mjs";

const root = fileURLToPath(new URL("../../", import.meta.url));
const committed = join(root, "wasm/vidtok.wasm");
const stamp = join(root, "wasm/sources.json");
const scripts = ["scripts/wasm/toolchain.mjs", "scripts/wasm/units.mjs"];

const sha256 = (file) => createHash("sha256").update(readFileSync(file)).digest("hex");

/** The hash of each source, for the test that tells whether the file is older than they are. */
const hashes = (parts) =>
  `${JSON.stringify(Object.fromEntries(parts.map((part) => [part, sha256(join(root, part))])), null, 2)}\n`;

function check(file, parts) {
  const isSame = readFileSync(file).equals(readFileSync(committed));
  if (isSame && readFileSync(stamp, "utf8") === hashes(parts)) {
    process.stdout.write(`wasm/vidtok.wasm is what its sources give: sha256 ${sha256(file)}\n`);
    return;
  }
  process.stderr.write(
    `packages/backend-native/wasm/${isSame ? "sources.json" : "vidtok.wasm"} is not what its ` +
      "sources give; run `npm run wasm:build` on Debian 12 and commit the folder\n",
  );
  process.exitCode = 1;
}

const folder = mkdtempSync(join(tmpdir(), "vidtok-wasm-"));
try {
  const { file, parts } = await compileWasm(root, folder, toolchain());
  const all = [...parts, ...scripts];
  if (process.argv.includes("--check")) check(file, all);
  else {
    writeFileSync(committed, readFileSync(file));
    writeFileSync(stamp, hashes(all));
    process.stdout.write(`${committed}: sha256 ${sha256(file)}\n`);
  }
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
