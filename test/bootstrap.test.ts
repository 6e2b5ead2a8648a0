import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";

const root = join(import.meta.dirname, "..");
const folders: string[] = [];
afterEach(() => folders.splice(0).forEach((folder) => rmSync(folder, { recursive: true })));

function script(file: string, lines: string): void {
  mkdirSync(join(file, ".."), { recursive: true });
  writeFileSync(file, `#!/bin/sh\n${lines}\n`, { mode: 0o755 });
}

interface Machine {
  readonly folder: string;
  /** Puts a command on the machine's PATH. */
  add(name: string, lines: string): void;
  /** Runs the bootstrap; `calls` are the commands it started, one a line. */
  bootstrap(...command: string[]): { status: number | null; stderr: string; calls: string[] };
}

/** A clone on a machine that has only node and the commands added; each notes its arguments in `calls`. */
function machine(): Machine {
  const folder = mkdtempSync(join(tmpdir(), "vidtok-bootstrap-"));
  folders.push(folder);
  const clone = join(folder, "clone");
  const log = join(folder, "calls");
  cpSync(join(root, "scripts/bootstrap.mjs"), join(clone, "scripts/bootstrap.mjs"));
  writeFileSync(join(clone, "package.json"), JSON.stringify({ packageManager: "pnpm@1.2.3" }));
  writeFileSync(join(clone, "pnpm-lock.yaml"), "locked");
  writeFileSync(join(clone, "pnpm-workspace.yaml"), "");
  const note = (name: string): string => `echo "${name} $*" >> ${log}`;
  script(join(clone, "node_modules/.bin/turbo"), note("turbo"));
  const add = (name: string, lines: string): void =>
    script(join(folder, "bin", name), `${note(name)}\n${lines}`);
  add("c++", "echo 12");
  return {
    folder,
    add,
    bootstrap(...command) {
      writeFileSync(log, "");
      const { status, stderr } = spawnSync(
        process.execPath,
        [join(clone, "scripts/bootstrap.mjs"), ...command],
        { env: { PATH: join(folder, "bin") }, encoding: "utf8" },
      );
      const calls = readFileSync(log, "utf8").trim().split("\n");
      return {
        status,
        stderr,
        calls: calls.filter((call) => !call.startsWith("c++")),
      };
    },
  };
}

const fakePnpm = '[ "$1" = --version ] && echo 1.2.3 || exit 0';

test("the right pnpm on PATH is used, and dependencies are installed once per lockfile", () => {
  const { add, bootstrap, folder } = machine();
  add("pnpm", fakePnpm);
  const install = "pnpm install --frozen-lockfile --prefer-offline";
  const build = "turbo run build --output-logs=errors-only";
  expect(bootstrap().calls).toEqual(["pnpm --version", install, build]);
  expect(bootstrap().calls).toEqual(["pnpm --version", build]);
  writeFileSync(join(folder, "clone/pnpm-lock.yaml"), "changed");
  expect(bootstrap().calls).toEqual(["pnpm --version", install, build]);
});

test("without pnpm it is installed where npm installs commands", () => {
  const { add, bootstrap, folder } = machine();
  mkdirSync(join(folder, "lib/node_modules"), { recursive: true });
  const pnpm = join(folder, "bin/pnpm");
  const provide = `printf '#!/bin/sh\\n' > ${pnpm}; /bin/chmod +x ${pnpm}`;
  add("npm", `[ "$1" = prefix ] && echo ${folder} || { ${provide}; }`);
  const { calls, stderr } = bootstrap();
  expect(calls).toContain("npm install --global --no-audit --no-fund --loglevel=error pnpm@1.2.3");
  expect(stderr).toContain("fetching pnpm 1.2.3 (undo: npm uninstall --global pnpm)");
});

test("a pnpm of another version stays as it is and the right one goes into the clone", () => {
  const { add, bootstrap, folder } = machine();
  add("pnpm", "[ $1 = --version ] && echo 9.9.9");
  const local = join(folder, "clone/.pnpm-home/node_modules/.bin");
  const provide = `/bin/mkdir -p ${local}; printf '#!/bin/sh\\necho 1.2.3' > ${local}/pnpm`;
  add("npm", `${provide}; /bin/chmod +x ${local}/pnpm`);
  const { calls, status } = bootstrap();
  expect(status).toBe(0);
  expect(calls[1]).toBe(
    `npm install --prefix ${folder}/clone/.pnpm-home --no-save --no-package-lock --no-audit --no-fund --loglevel=error pnpm@1.2.3`,
  );
  expect(bootstrap().calls.filter((call) => call.startsWith("npm"))).toEqual([]);
});

test("a failed download or install ends with exit code 1 and the usual reason", () => {
  const { add, bootstrap } = machine();
  add("npm", "exit 1");
  expect(bootstrap()).toMatchObject({
    status: 1,
    stderr: expect.stringContaining(
      "npm could not install pnpm 1.2.3 (see above); the first run needs the npm registry",
    ) as string,
  });
  add("pnpm", '[ "$1" = --version ] && echo 1.2.3');
  expect(bootstrap()).toMatchObject({
    status: 1,
    stderr: expect.stringContaining(
      "pnpm could not install the dependencies (see above); the first run needs the npm registry",
    ) as string,
  });
});

test("a machine without a C++ compiler is told what it misses", () => {
  const { add, bootstrap } = machine();
  add("pnpm", fakePnpm);
  add("c++", "exit 1");
  const { status, stderr } = bootstrap();
  expect(status).toBe(0);
  expect(stderr).toContain("no C++ compiler found");
});

test("the command gets its arguments and gives its exit code", () => {
  const { add, bootstrap } = machine();
  add("pnpm", fakePnpm);
  add("task", "exit 7");
  const { calls, status } = bootstrap("task", "--data", "a b");
  expect(calls.at(-1)).toBe("task --data a b");
  expect(status).toBe(7);
});

test("a command that does not exist is an error that names it", () => {
  const { add, bootstrap } = machine();
  add("pnpm", fakePnpm);
  expect(bootstrap("nothing")).toMatchObject({
    status: 1,
    stderr: expect.stringContaining("setup: nothing: ") as string,
  });
});
