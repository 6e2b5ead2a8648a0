import { spawnSync } from "node:child_process";

/** Whether a program is there and starts. */
export function runs(command, ...args) {
  return spawnSync(command, args, { stdio: "ignore" }).status === 0;
}

/** The C++ compiler that `CXX` names, or the first that is installed; and what was tried. */
export function findCompiler() {
  const names = process.env.CXX ? [process.env.CXX] : ["c++", "g++", "clang++"];
  return { compiler: names.find((name) => runs(name, "--version")), tried: names.join(", ") };
}
