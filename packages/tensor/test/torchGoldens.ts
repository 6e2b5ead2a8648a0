import { readFileSync } from "node:fs";

type Header = Record<string, { readonly data_offsets: readonly [number, number] }>;

/** PyTorch's values and gradients by `case/y`, `case/dx0`, …, as tools/goldens.py wrote them. */
export function torchGoldens(): Map<string, Float32Array> {
  const file = readFileSync(new URL("./fixtures/torch.safetensors", import.meta.url));
  const start = 8 + Number(file.readBigUInt64LE(0));
  const { __metadata__: _, ...tensors } = JSON.parse(file.toString("utf8", 8, start)) as Header;
  return new Map(
    Object.entries(tensors).map(
      ([
        name,
        {
          data_offsets: [from, to],
        },
      ]) => {
        const bytes = Uint8Array.from(file.subarray(start + from, start + to));
        return [name, new Float32Array(bytes.buffer)];
      },
    ),
  );
}
