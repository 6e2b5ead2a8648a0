// What the WebAssembly file is made of: sources, flags of the compiler and of the linker.

/** The sources, from the package's folder. The kernels take longest to compile, so they come first. */
export const sources = [
  "kernels_portable",
  "wasm/session",
  "wasm/system",
  "allocator",
  "arena",
  "checked",
  "convSizes",
  "outOfMemory",
  "parsedFormula",
  "pool",
  "reader",
  "session",
].map((name) => `native/${name}.cc`);

/** The compiler's flags, with headers from `sysroot`. */
export const compileFlags = (sysroot) => [
  "--target=wasm32-unknown-emscripten",
  "-nostdinc++",
  `-isystem${sysroot}/include/c++/v1`,
  `-isystem${sysroot}/include/compat`,
  `-isystem${sysroot}/include`,
  // As Debian's libraries were compiled.
  "-D_LIBCPP_ABI_VERSION=2",
  "-std=c++17",
  "-O3",
  "-msimd128",
  "-matomics",
  "-mbulk-memory",
  "-fwasm-exceptions",
  "-fno-math-errno",
  "-ffp-contract=fast",
  "-fvisibility=hidden",
  "-Wall",
  "-Wextra",
  "-Wno-unused-function",
];

const libraries = [
  "libc++-except",
  "libc++abi-except",
  "libunwind-except",
  "libc",
  "libdlmalloc",
  "libcompiler_rt",
];

/** The linker's flags, with libraries from `sysroot`. */
export const linkFlags = (sysroot) => [
  ...libraries.map((name) => `${sysroot}/lib/wasm32-emscripten/${name}.a`),
  "-O2",
  "--strip-all",
  "--gc-sections",
  "--no-entry",
  "--import-memory",
  "--shared-memory",
  "--initial-memory=16777216",
  "--max-memory=4294967296",
  // Debian's libraries were not compiled for threads. Only the first thread calls what keeps state.
  "--no-check-features",
  // In front of all data, so that a stack that is too deep traps.
  "--stack-first",
  "-zstack-size=1048576",
  "--export=malloc",
  "--export=free",
  "--export=__wasm_call_ctors",
  "--export=__stack_pointer",
];
