import type { VideoInfo } from "@vidtok/data";
import { ssimWindow } from "../metrics/ssimWindow.ts";
import { tooSmall } from "../reconstruct/checkRequest.ts";
import type { EvaluationRequest } from "./request.ts";

/** Why a video cannot be evaluated at its size; undefined where it can. */
export function refusal(
  info: Pick<VideoInfo, "path" | "width" | "height">,
  { fit, encoder, metrics }: Pick<EvaluationRequest, "fit" | "encoder" | "metrics">,
): string | undefined {
  const { path, width, height } = info;
  const hasSsim = metrics === undefined || metrics.includes("ssim");
  if (fit.fit === "native" && hasSsim && Math.min(width, height) < ssimWindow) {
    return (
      `${path} is ${width} x ${height}, and ssim needs at least ${ssimWindow} x ${ssimWindow}; ` +
      "use --metrics psnr or --fit contain"
    );
  }
  return tooSmall(info, fit, encoder);
}
