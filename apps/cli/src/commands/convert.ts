import { commonFlags } from "../args/commonFlags.ts";
import { defineCommand } from "../command.ts";
import { convertCheckpoint } from "../convert/convertCheckpoint.ts";
import { line } from "../report.ts";
import { printResult } from "../terminal/result.ts";
import { bytes, count } from "../terminal/units.ts";

/** `vidtok convert IN OUT` */
export const convert = defineCommand({
  name: "convert",
  summary: "Write the weights of a checkpoint as .ckpt for PyTorch or as .safetensors, bit by bit.",
  flags: commonFlags,
  rest: { shown: "IN OUT", least: 2, most: 2 },
  examples: ["vidtok_kl_causal_488_4chn.ckpt model.safetensors", "model.safetensors model.ckpt"],
  async run({ json }, [input, output], io) {
    const found = await convertCheckpoint(input!, output!, io.signal);
    const leftOut = Object.entries(found.leftOut).map(([name, tensors]) =>
      tensors === 0 ? name : `${name} (${count(tensors)} ${tensors === 1 ? "tensor" : "tensors"})`,
    );
    if (leftOut.length > 0) line(io, `left out, being no weights: ${leftOut.join(", ")}`);
    printResult(io, json, { input, output, ...found }, [
      ["output", output!],
      ["format", `${found.to}, from ${found.from}`],
      ["holds", `${count(found.tensors)} tensors, ${bytes(found.bytes)}`],
    ]);
    return 0;
  },
});
