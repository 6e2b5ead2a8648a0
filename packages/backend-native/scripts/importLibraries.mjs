import { join } from "node:path";
import { runCompiler } from "./runCompiler.mjs";

/** Makes the libraries that tell the linker of Windows which functions node.exe exports. */
export async function importLibraries(definitions, compiler, folder, root) {
  // x86_64-w64-mingw32-g++-posix comes with x86_64-w64-mingw32-dlltool.
  const tool = compiler.replace(/(g\+\+|c\+\+|clang\+\+)(-posix)?(\.exe)?$/, "dlltool");
  const libraries = [];
  for (const name of ["node_api", "js_native_api"]) {
    const library = join(folder, `lib${name}.a`);
    const definition = join(definitions, `${name}.def`);
    await runCompiler(tool, ["-d", definition, "-l", library, "-D", "node.exe"], root);
    libraries.push(library);
  }
  return libraries;
}
