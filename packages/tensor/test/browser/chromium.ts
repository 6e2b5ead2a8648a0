import { existsSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { chromium, type Browser } from "playwright-core";

const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const flags = [
  "--no-sandbox",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  // Software WebGPU, so that it runs where there is no GPU.
  "--enable-unsafe-webgpu",
  "--use-webgpu-adapter=swiftshader",
];

/** The Chromium to test with: CHROMIUM_PATH, or the first on PATH; undefined where there is none. */
export function findChromium(): string | undefined {
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  const candidates = folders.flatMap((folder) => names.map((name) => join(folder, name)));
  return [process.env["CHROMIUM_PATH"] ?? "", ...candidates].find(
    (path) => path && existsSync(path),
  );
}

/** A test page as one script that imports nothing but `external`. */
export async function bundlePage(page: URL, external: string[] = []): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(page)],
    bundle: true,
    write: false,
    format: "esm",
    platform: "browser",
    // The same sources of gpu.js as the package ships.
    mainFields: ["main"],
    conditions: ["@vidtok/source"],
    external,
    logLevel: "error",
  });
  return outputFiles[0]!.text;
}

/** Serves the script on localhost, where WebGPU is allowed, and runs `body` with a browser and the page's address. */
export async function withPage<T>(
  executablePath: string,
  script: string,
  body: (browser: Browser, address: string) => Promise<T>,
): Promise<T> {
  const server = createServer(({ url }, response) => {
    const isScript = url === "/page.js";
    response.setHeader("content-type", isScript ? "text/javascript" : "text/html");
    response.end(
      isScript ? script : '<!doctype html><script type="module" src="/page.js"></script>',
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  try {
    return await withBrowser(executablePath, (browser) =>
      body(browser, `http://localhost:${port}/`),
    );
  } finally {
    server.close();
  }
}

/** Runs `body` with a browser, and closes it. */
export async function withBrowser<T>(
  executablePath: string,
  body: (browser: Browser) => Promise<T>,
): Promise<T> {
  const browser = await chromium.launch({ executablePath, args: flags });
  try {
    return await body(browser);
  } finally {
    await browser.close();
  }
}
