import { encodePng } from "@vidtok/data";
import type { Image } from "@vidtok/data";
import { bytesField, doubleField, floatField, message, varintField } from "./protobuf.ts";

/** One thing that TensorBoard shows, encoded as `Summary.Value`. */
export type SummaryValue = Buffer;

const RGB = 3;
const START = 1;

/** The first record of an event file. */
export function versionEvent(time: number): Buffer {
  return message(doubleField(1, time), bytesField(3, "brain.Event:2"));
}

/** Tells readers that a run goes on at `step`: what earlier files hold from there on is void. */
export function startEvent(time: number, step: number): Buffer {
  return message(doubleField(1, time), varintField(2, step), bytesField(7, varintField(1, START)));
}

/** What was measured or shown at a step; `time` in seconds since 1970. */
export function summaryEvent(time: number, step: number, values: readonly SummaryValue[]): Buffer {
  const summary = message(...values.map((value) => bytesField(1, value)));
  return message(doubleField(1, time), varintField(2, step), bytesField(5, summary));
}

/** A number, kept as f32. */
export function scalarValue(name: string, value: number): SummaryValue {
  return message(bytesField(1, name), floatField(2, value));
}

/** A picture, as PNG. */
export function imageValue(name: string, image: Image): SummaryValue {
  const picture = message(
    varintField(1, image.height),
    varintField(2, image.width),
    varintField(3, RGB),
    bytesField(4, encodePng(image)),
  );
  return message(bytesField(1, name), bytesField(4, picture));
}
