// An independent reader of event files: TFRecord framing and the protobuf wire format.
import { crc32c } from "../../src/loggers/crc32c.ts";

/** The records of a TFRecord file, their checksums checked bit by bit. */
export function readRecords(file: Buffer): Buffer[] {
  const records: Buffer[] = [];
  for (let at = 0; at < file.length;) {
    const length = Number(file.readBigUInt64LE(at));
    check(file.subarray(at, at + 8), file.readUInt32LE(at + 8));
    const data = file.subarray(at + 12, at + 12 + length);
    check(data, file.readUInt32LE(at + 12 + length));
    records.push(data);
    at += 16 + length;
  }
  return records;
}

function check(bytes: Buffer, stored: number): void {
  const rotated = (stored - 0xa282ead8) >>> 0;
  const crc = ((rotated << 15) | (rotated >>> 17)) >>> 0;
  if (crc !== crc32c(bytes)) throw new Error(`checksum ${crc} of ${bytes.length} bytes is wrong`);
}

/** The fields of a message by their numbers: numbers as bigint, everything else as bytes. */
export function readMessage(bytes: Buffer): Map<number, (bigint | Buffer)[]> {
  const fields = new Map<number, (bigint | Buffer)[]>();
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = BigInt(bytes[at++]!);
      value |= (byte & 127n) << shift;
      if (byte < 128n) return value;
    }
  };
  const take = (length: number): Buffer => bytes.subarray(at, (at += length));
  while (at < bytes.length) {
    const key = Number(varint());
    const type = key & 7;
    const value = type === 0 ? varint() : take(type === 1 ? 8 : type === 5 ? 4 : Number(varint()));
    fields.set(key >> 3, [...(fields.get(key >> 3) ?? []), value]);
  }
  return fields;
}

/** What an event holds, in the names of TensorFlow's `event.proto` and `summary.proto`. */
export interface ReadEvent {
  readonly wall_time: number;
  readonly step: number;
  readonly file_version?: string;
  readonly session_log?: number;
  readonly scalars?: Record<string, number>;
  readonly images?: Record<string, ReadImage>;
}

/** A picture of an event. */
export interface ReadImage {
  readonly height: number;
  readonly width: number;
  readonly colorspace: number;
  readonly png: Buffer;
}

/** The events of a file. */
export function readEvents(file: Buffer): ReadEvent[] {
  return readRecords(file).map((record) => {
    const event = readMessage(record);
    const one = <T>(field: number): T | undefined => event.get(field)?.[0] as T | undefined;
    const session = one<Buffer>(7);
    const summary = one<Buffer>(5);
    return {
      wall_time: one<Buffer>(1)!.readDoubleLE(),
      step: Number(one<bigint>(2) ?? 0n),
      ...(event.has(3) ? { file_version: one<Buffer>(3)!.toString() } : {}),
      ...(session ? { session_log: Number(readMessage(session).get(1)![0]) } : {}),
      ...(summary ? readSummary(summary) : {}),
    };
  });
}

function readSummary(bytes: Buffer): Pick<ReadEvent, "scalars" | "images"> {
  const scalars: Record<string, number> = {};
  const images: Record<string, ReadImage> = {};
  for (const value of readMessage(bytes).get(1) ?? []) {
    const fields = readMessage(value as Buffer);
    const tag = fields.get(1)![0]!.toString();
    const image = fields.get(4)?.[0] as Buffer | undefined;
    if (image === undefined) scalars[tag] = (fields.get(2)![0] as Buffer).readFloatLE();
    else {
      const [height, width, colorspace] = [1, 2, 3].map((n) =>
        Number(readMessage(image).get(n)![0]),
      );
      const png = readMessage(image).get(4)![0] as Buffer;
      images[tag] = { height: height!, width: width!, colorspace: colorspace!, png };
    }
  }
  return {
    ...(Object.keys(scalars).length > 0 ? { scalars } : {}),
    ...(Object.keys(images).length > 0 ? { images } : {}),
  };
}
