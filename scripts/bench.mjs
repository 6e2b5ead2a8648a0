// All measurements of this machine in one run: `pnpm bench [--layers] [--peers] [--save] [--python python3]`.
// `--layers` tells where the time of the model and of a training step goes, `--peers` measures PyTorch in turn with us, and `--save`
// writes what was printed into bench/results, under the processor's name.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, totalmem } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const root = fileURLToPath(new URL("..", import.meta.url));
const { values } = parseArgs({
  options: {
    layers: { type: "boolean", default: false },
    peers: { type: "boolean", default: false },
    save: { type: "boolean", default: false },
    python: { type: "string", default: "python3" },
  },
});
const peers = values.peers ? ["--peers", "--python", values.python] : [];

const bf16Step = ["train", "bench", "--size", "64", "--precision", "bf16-mixed"];

/** A title, and a script of a package with its arguments. */
const measurements = [
  ["Kernels, float32", "backend-native", "bench", ...peers],
  ["Kernels, bf16", "backend-native", "bench", "--precision", "bf16", ...peers],
  ["Encode and decode, float32", "model", "bench:model", ...peers],
  ["Encode and decode, bf16", "model", "bench:model", "--precision", "bf16", ...peers],
  ["Reading a checkpoint", "model", "bench:load"],
  ["Training step, float32", "train", "bench", "--size", "64", ...peers],
  ["Training step, bf16", ...bf16Step, ...peers],
  ["Metrics", "metrics", "bench", "--python", values.python],
  ...(values.layers
    ? [
        ["Layers of encode and decode, float32", "model", "bench:layers"],
        ["Layers of encode and decode, bf16", "model", "bench:layers", "--precision", "bf16"],
        ["Layers of a training step, bf16", ...bf16Step, "--layers"],
      ]
    : []),
];

/** Runs a package's script and resolves to what it prints, which is shown at once. */
async function measure(name, ...script) {
  const child = spawn("pnpm", ["--filter", `@vidtok/${name}`, "run", "--silent", ...script], {
    cwd: root,
    stdio: ["ignore", "pipe", "inherit"],
  });
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (part) => {
    text += part;
    process.stdout.write(part);
  });
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error(`bench: ${name} ${script.join(" ")} ended with ${code}`);
  return text;
}

/** The processor's name, with what tells generations of one name apart where the system says it. */
function processor() {
  const [{ model: name }] = cpus();
  const known = existsSync("/proc/cpuinfo") ? readFileSync("/proc/cpuinfo", "utf8") : "";
  const numbers = ["cpu family", "model"].map((key) =>
    new RegExp(`^${key}\\s*: (\\d+)$`, "m").exec(known),
  );
  if (!numbers.every(Boolean)) return name;
  const [family, model] = numbers.map(([, number]) => number);
  return `${name}, family ${family} model ${model}`;
}

const model = processor();
const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`;
const sections = [
  `# ${model}, ${availableParallelism()} threads, ${memory}\n\n` +
    `${new Date().toISOString().slice(0, 10)}, Node ${process.versions.node}, \`pnpm bench ${process.argv.slice(2).join(" ")}\`\n`,
];
process.stdout.write(`${sections[0]}\n`);
for (const [title, ...rest] of measurements) {
  process.stdout.write(`## ${title}\n\n`);
  const text = await measure(...rest);
  sections.push(`## ${title}\n\n\`\`\`\n${text.trimEnd()}\n\`\`\`\n`);
  process.stdout.write("\n");
}
if (values.save) {
  const folder = join(root, "bench", "results");
  const name = model
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "");
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${name}-${availableParallelism()}-threads.md`);
  writeFileSync(path, sections.join("\n"));
  process.stdout.write(`written to ${path}\n`);
}
