import { join } from "node:path";
import type { Fit } from "@vidtok/data";
import { configPath, loadConfig, modelConfig } from "@vidtok/model";
import type { NetworkConfig, Tiling } from "@vidtok/model";
import type { Precision } from "@vidtok/tensor";
import type { Values } from "../args/flag.ts";
import { metricNames } from "../metrics/openMeters.ts";
import type { MetricName } from "../metrics/openMeters.ts";
import { checkOutputs } from "../metrics/outputs.ts";
import { checkRequest } from "../reconstruct/checkRequest.ts";
import { longTiling } from "../reconstruct/longTiling.ts";
import { clipLength } from "../reconstruct/planClips.ts";
import { requestedFit } from "../reconstruct/requestedFit.ts";
import type { evaluateFlags } from "./flags.ts";

/** What the flags mean. */
export interface EvaluationRequest {
  /** The path of the config. */
  readonly config: string;
  /** The weights; undefined where they are random. */
  readonly ckpt: string | undefined;
  readonly fit: Fit;
  readonly encoder: NetworkConfig;
  /** Frames that the tokenizer gets at a time. */
  readonly clipLength: number;
  /** Chunks in which the model computes a whole video; undefined where it goes clip by clip. */
  readonly tiling: Tiling | undefined;
  readonly precision: Precision;
  readonly metrics: readonly MetricName[] | undefined;
  /** Folder of the states of unfinished evaluations, next to where results go. */
  readonly states: string;
}

/** Refuses what cannot be done, as far as flags and config tell. */
export function readRequest(given: Values<typeof evaluateFlags>): EvaluationRequest {
  const { report, json, csv } = given;
  const metrics = metricNames(given.metrics);
  checkOutputs("evaluate", given);
  const config = configPath(given.config);
  const { encoder, ckptPath } = modelConfig(loadConfig(config));
  const fit = requestedFit(given);
  checkRequest("evaluate", { ...given, fit }, encoder);
  const stride = {
    isCausal: encoder.family !== "noncausal",
    timeDownsampleFactor: encoder.timeDownsampleFactor,
  };
  const length = clipLength(stride, {
    chunkSize: given.chunk_size,
    framesPerBatch: given.num_frames_per_batch,
  });
  const file = [json, csv].find((path) => typeof path === "string");
  return {
    config,
    ckpt: given.ckpt ?? ckptPath ?? undefined,
    fit,
    encoder,
    clipLength: length,
    tiling: given.read_long_video ? longTiling(length, encoder.timeDownsampleFactor) : undefined,
    precision: given.precision === "full" ? "f32" : "bf16",
    metrics,
    states: report ? join(report, "evaluate.state") : `${file ?? "evaluate"}.state`,
  };
}
