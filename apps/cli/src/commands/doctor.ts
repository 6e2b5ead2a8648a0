import { nativeAddon } from "@vidtok/backend-native";
import { commonFlags } from "../args/commonFlags.ts";
import { defineCommand } from "../command.ts";
import { addonLines } from "../doctor/addon.ts";
import { describeBackends } from "../doctor/backends.ts";
import { describeMachine } from "../doctor/machine.ts";
import { describeTools } from "../doctor/tools.ts";
import type { Tool } from "../doctor/tools.ts";
import { printResult } from "../terminal/result.ts";
import { bytes } from "../terminal/units.ts";
import { version } from "../version.ts";

/** `vidtok doctor` */
export const doctor = defineCommand({
  name: "doctor",
  summary: "Tell what this machine can run, and why it cannot run the rest.",
  flags: commonFlags,
  rest: { shown: "", least: 0, most: 0 },
  examples: ["", "--json"],
  async run({ json }, _rest, io) {
    const machine = describeMachine();
    const tools = await describeTools();
    const backends = await describeBackends();
    const addon = nativeAddon();
    const isUsable =
      backends.some(({ runs }) => runs) && tools.every(({ problem }) => problem === undefined);
    printResult(io, json, { version: version(), ...machine, addon, backends, tools, isUsable }, [
      ["vidtok", version()],
      ["node", `${machine.node} on ${machine.platform}`],
      ["cpu", `${machine.cpu}, ${machine.cores} cores`],
      ["features", machine.cpuFeatures.join(" ") || "unknown"],
      ["memory", `${bytes(machine.memoryBytes)}, ${bytes(machine.freeMemoryBytes)} free`],
      ...backends.map(
        ({ name, runs, detail }) =>
          [`backend ${name}`, `${runs ? "runs" : "does not run"}: ${detail}`] as const,
      ),
      ...addonLines(addon),
      ...tools.map((tool) => [tool.name, toolLine(tool)] as const),
    ]);
    return isUsable ? 0 : 1;
  },
});

function toolLine({ path, version: found, problem }: Tool): string {
  return problem === undefined ? `${found} at ${path}` : `does not run: ${problem}`;
}
