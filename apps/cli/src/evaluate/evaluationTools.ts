import type { Values } from "../args/flag.ts";
import type { Meters } from "../metrics/openMeters.ts";
import type { OpenTokenizer } from "../reconstruct/openTokenizer.ts";
import type { evaluateFlags } from "./flags.ts";
import type { EvaluationRequest } from "./request.ts";

/** What an evaluation works with. */
export interface EvaluationTools {
  readonly given: Values<typeof evaluateFlags>;
  readonly request: EvaluationRequest;
  readonly model: OpenTokenizer;
  readonly meters: Meters;
}
