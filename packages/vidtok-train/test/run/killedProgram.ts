// Trains until the step that it was told, and is killed there as by `kill -9`. Arguments: videos, logdir, step, overrides as JSON.
import { train } from "../../src/train.ts";
import { tinyConfig } from "../tinyRun.ts";

const [videos, logdir, step, overrides] = process.argv.slice(2) as [string, string, string, string];

await train({
  config: tinyConfig(videos, JSON.parse(overrides) as string[], "kl"),
  ...{ logdir, name: "killed", seed: 7 },
  maxSteps: 10,
  onProgress(event) {
    if (event.kind === "step" && event.step === Number(step)) process.kill(process.pid, "SIGKILL");
  },
});
