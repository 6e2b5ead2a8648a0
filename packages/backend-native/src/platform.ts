/** The platforms that have a package with a compiled addon. */
export const PLATFORMS: readonly string[] = [
  "linux-x64",
  "linux-arm64",
  "linux-x64-musl",
  "linux-arm64-musl",
  "darwin-arm64",
  "darwin-x64",
  "win32-x64",
];

/** This platform as packages name it, such as `linux-x64` or, with musl, `linux-x64-musl`. */
export function platform(): string {
  const name = `${process.platform}-${process.arch}`;
  return process.platform === "linux" && isMusl() ? `${name}-musl` : name;
}

function isMusl(): boolean {
  // @types/node of the oldest Node does not know the switch yet.
  const report = process.report as typeof process.report & { excludeNetwork: boolean };
  const before = report.excludeNetwork;
  // Otherwise the report resolves the name of every open connection.
  report.excludeNetwork = true;
  const { header } = report.getReport() as { header: { glibcVersionRuntime?: string } };
  report.excludeNetwork = before;
  return header.glibcVersionRuntime === undefined;
}
