// A registry of the packages as they would be published, on this machine; for all others it refers
// to the registry that npm is set up with.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import { createServer } from "node:http";
import { basename, join } from "node:path";

/** Serves the tarballs in a folder; resolves to the address and what ends it. */
export async function serve(folder, upstream) {
  const packages = new Map();
  for (const file of readdirSync(folder).filter((name) => name.endsWith(".tgz"))) {
    const path = join(folder, file);
    const args = ["-xOzf", path, "package/package.json"];
    const manifest = JSON.parse(execFileSync("tar", args, { encoding: "utf8" }));
    packages.set(manifest.name, { manifest, data: readFileSync(path), file });
  }
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url, "http://localhost").pathname.slice(1));
    const tarball = [...packages.values()].find(({ file }) => path === `-/${file}`);
    if (tarball) {
      response.end(tarball.data);
      return;
    }
    const found = packages.get(path);
    if (!found) {
      response.writeHead(302, { location: new URL(request.url, upstream).href }).end();
      return;
    }
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify(packument(found, `http://${request.headers.host}`)));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    address: `http://127.0.0.1:${server.address().port}/`,
    end: () => server.close(),
  };
}

function packument({ manifest, data, file }, address) {
  const { name, version } = manifest;
  const integrity = `sha512-${createHash("sha512").update(data).digest("base64")}`;
  const dist = {
    tarball: `${address}/-/${basename(file)}`,
    integrity,
    shasum: createHash("sha1").update(data).digest("hex"),
  };
  return {
    name,
    "dist-tags": { latest: version },
    versions: { [version]: { ...manifest, dist } },
    time: { [version]: "2026-01-01T00:00:00.000Z", modified: "2026-01-01T00:00:00.000Z" },
  };
}
