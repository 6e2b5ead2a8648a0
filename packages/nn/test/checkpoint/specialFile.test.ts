import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openCheckpoint } from "../../src/checkpoint/openCheckpoint.ts";
import { temporaryFolder } from "../files.ts";

const hasFifos = process.platform !== "win32";
const why = hasFifos ? "" : " (skipped: Windows has no FIFOs in folders)";

test.skipIf(!hasFifos)(
  `a FIFO or device as a checkpoint is refused and not opened${why}`,
  async () => {
    const pipe = join(temporaryFolder(), "model.ckpt");
    execFileSync("mkfifo", [pipe]);
    for (const path of [pipe, "/dev/zero"]) {
      await expect(openCheckpoint(path)).rejects.toThrow(
        `checkpoint: ${path}: is not a file; name the checkpoint inside it`,
      );
    }
  },
);
