// Writes what all published packages have in common into their manifests: the version, author and
// repository of the root package.json, and copies of LICENSE and NOTICE. Usage: npm run manifests
// [-- --check]
import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const read = (...path) => readFileSync(join(root, ...path), "utf8");
const shared = JSON.parse(read("package.json"));
const web = shared.repository.url.replace(/^git\+/, "").replace(/\.git$/, "");
const isCheck = process.argv.includes("--check");

const folders = ["packages", "packages/native", "apps"]
  .flatMap((parent) => readdirSync(join(root, parent)).map((name) => `${parent}/${name}`))
  .filter((folder) => existsSync(join(root, folder, "package.json")));

/** The manifest with the shared fields, in npm's usual order. */
function filled(manifest, directory) {
  const { name, version: _, private: isPrivate, description, ...rest } = manifest;
  const front = { name, version: shared.version, ...(isPrivate && { private: true }), description };
  const { keywords, ...others } = rest;
  for (const key of ["license", "author", "homepage", "bugs", "repository"]) delete others[key];
  const own = {
    keywords,
    license: shared.license,
    author: shared.author,
    homepage: `${web}/tree/main/${directory}#readme`,
    bugs: `${web}/issues`,
    repository: { ...shared.repository, directory },
  };
  const files = others.files && [...new Set(["NOTICE", ...others.files])];
  return { ...front, ...own, ...others, ...(files && !isPrivate && { files }) };
}

/** A README whose links into the repository are absolute: npm's page cannot follow others. */
function linked(text, directory) {
  const own = /\]\(https:\/\/github\.com\/[^/]+\/[^/]+\/(?:tree|blob)\/main\/([^)\s]+)\)/g;
  const relative = /\]\((?![a-z]+:|#)([^)\s]+)\)/g;
  const absolute = (target) => {
    const kind = /\.[a-z]+(#|$)/.test(target) ? "blob" : "tree";
    return `](${web}/${kind}/main/${target})`;
  };
  return text
    .replace(own, (_, target) => absolute(target))
    .replace(relative, (_, path) => absolute(join(directory, path)));
}

const stale = [];

function put(path, text) {
  const file = join(root, path);
  if (existsSync(file) && readFileSync(file, "utf8") === text) return;
  stale.push(path);
  if (!isCheck) writeFileSync(file, text);
}

for (const folder of folders) {
  const manifest = JSON.parse(read(folder, "package.json"));
  put(`${folder}/package.json`, `${JSON.stringify(filled(manifest, folder), null, 2)}\n`);
  if (manifest.private) continue;
  put(`${folder}/LICENSE`, read("LICENSE"));
  put(`${folder}/NOTICE`, read("NOTICE"));
  if (existsSync(join(root, folder, "README.md"))) {
    put(`${folder}/README.md`, linked(read(folder, "README.md"), folder));
  }
}

for (const path of stale) console.log(isCheck ? `${path} is out of date` : `wrote ${path}`);
if (isCheck && stale.length > 0) {
  console.log("run npm run manifests");
  process.exitCode = 1;
}
