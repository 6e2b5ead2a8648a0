// What the addon is made of on each platform: sources with their flags, and how they are linked.

const common = [
  "-std=c++17",
  "-O3",
  "-fPIC",
  "-fno-math-errno",
  "-ffp-contract=fast",
  "-fvisibility=hidden",
  "-Wall",
  "-Wextra",
  "-Wno-psabi",
  "-Wno-unused-function",
  "-DNAPI_VERSION=8",
  "-DNAPI_CPP_EXCEPTIONS",
];

// The kernels take longest to compile, so they come first.
const sources = [
  "kernels_portable",
  "addon",
  "allocator",
  "arena",
  "checked",
  "convSizes",
  "isa",
  "olderRuntime",
  "outOfMemory",
  "parsedFormula",
  "pool",
  "reader",
  "session",
];

const avx512 = ["-mavx512f", "-mavx512bw", "-mavx512dq", "-mavx512vl", "-mfma"];

const kernelsX64 = [
  ["kernels_avx2", ["-mavx2", "-mfma"]],
  ["kernels_avx512", avx512],
  ["kernels_avx512bf16", [...avx512, "-mavx512bf16"]],
];
const kernelsAmx = [["kernels_amx", [...avx512, "-mavx512bf16", "-mamx-tile", "-mamx-bf16"]]];

const linkFlags = {
  darwin: ["-bundle", "-undefined", "dynamic_lookup"],
  // The runtime of mingw is no part of Windows.
  win32: ["-shared", "-static"],
  linux: ["-shared", "-pthread"],
};

const sanitizers =
  "-fsanitize=address,signed-integer-overflow,integer-divide-by-zero,float-cast-overflow,bounds," +
  "shift,enum";

const configurations = {
  Release: { compile: [], link: [] },
  Debug: {
    compile: ["-O1", "-g", "-fno-omit-frame-pointer", "-fno-sanitize-recover=all", sanitizers],
    link: ["-fsanitize=address,undefined"],
  },
};

/**
 * The sources of the addon on a platform such as `linux-x64-musl`, each with its flags, and the
 * linker's flags.
 */
export function unitsOf(platform, configuration) {
  const [system, cpu] = platform.split("-");
  const kernels = [
    ...(cpu === "x64" ? kernelsX64 : []),
    // Only Linux lets programs use AMX, and GCC's tile instructions do not assemble for Windows.
    ...(cpu === "x64" && system === "linux" ? kernelsAmx : []),
  ];
  const extra = configurations[configuration];
  // Apple's compiler makes code for either processor.
  const arch = cpu === "x64" ? "x86_64" : cpu;
  const target = system === "darwin" ? ["-arch", arch, "-mmacosx-version-min=11.0"] : [];
  const flags = [...common, ...target, ...extra.compile];
  return {
    units: [...kernels, ...sources.map((name) => [name, []])].map(([name, own]) => ({
      source: `native/${name}.cc`,
      flags: [...flags, ...own],
    })),
    link: [...(linkFlags[system] ?? linkFlags.linux), ...target, ...extra.link],
  };
}
