import type { Session } from "./session.ts";
import type { TrainState } from "./trainState.ts";

type Logged = ReadonlyMap<string, number>;

/** Writes `last`. */
export async function saveLast(
  session: Session,
  state: TrainState,
  logged: Logged,
): Promise<string> {
  const { checkpoints, learner, tell } = session;
  const path = await checkpoints.saveLast(learner, state, monitored(session, logged));
  tell({ kind: "checkpoint", step: state.step, path });
  return path;
}

/** Writes a checkpoint that is due. One that cannot be written is told, and training goes on: the one before is as it was. */
export async function saveNamed(
  session: Session,
  state: TrainState,
  logged: Logged,
): Promise<boolean> {
  const { checkpoints, learner, tell } = session;
  try {
    const path = await checkpoints.save(learner, state, monitored(session, logged));
    tell({ kind: "checkpoint", step: state.step, path });
    return true;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const before = "the checkpoints written before are as they were, and training goes on";
    tell({ kind: "notice", text: `checkpoint at step ${state.step}: ${reason}; ${before}` });
    return false;
  }
}

// Between two validations the value is that of the one before, which may have been before a resume.
function monitored({ settings, monitored }: Session, logged: Logged): number | null {
  const { monitor } = settings.checkpoints;
  return monitor === null ? null : (logged.get(monitor) ?? monitored);
}
