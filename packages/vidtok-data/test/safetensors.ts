import { readFileSync } from "node:fs";

/** The tensors of a safetensors file (u8 and f32 only), and its metadata. */
export function readSafetensors(path: string | URL) {
  const bytes = new Uint8Array(readFileSync(path));
  const headerLength = Number(new DataView(bytes.buffer).getBigUint64(0, true));
  const header = JSON.parse(
    Buffer.from(bytes.subarray(8, 8 + headerLength)).toString("utf8"),
  ) as Record<string, { dtype: string; shape: number[]; data_offsets: [number, number] }>;
  const { __metadata__: metadata, ...entries } = header;

  const body = (name: string, dtype: string): { data: Uint8Array; shape: number[] } => {
    const entry = entries[name];
    if (entry?.dtype !== dtype) throw new Error(`${name} is ${entry?.dtype}, not ${dtype}`);
    const [from, to] = entry.data_offsets;
    return {
      data: bytes.slice(8 + headerLength + from, 8 + headerLength + to),
      shape: entry.shape,
    };
  };
  return {
    metadata: metadata as unknown as Record<string, string>,
    u8: (name: string) => body(name, "U8"),
    f32: (name: string) => {
      const { data, shape } = body(name, "F32");
      return { data: new Float32Array(data.buffer), shape };
    },
  };
}
