/** This platform as packages name it; the same as `platform()` of the sources. */
export function ownPlatform() {
  const name = `${process.platform}-${process.arch}`;
  if (process.platform !== "linux") return name;
  process.report.excludeNetwork = true;
  const isGlibc = process.report.getReport().header.glibcVersionRuntime !== undefined;
  return isGlibc ? name : `${name}-musl`;
}
