import type { RunLogger } from "./runLogger.ts";

/** Hands everything to each logger, also after one of them failed; then throws the first failure. */
export function severalLoggers(loggers: readonly RunLogger[]): RunLogger {
  const each = (action: (logger: RunLogger) => void): void => {
    const failures: unknown[] = [];
    for (const logger of loggers) {
      try {
        action(logger);
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  };
  return {
    scalars(step, scalars) {
      each((logger) => logger.scalars(step, scalars));
    },
    images(step, images) {
      each((logger) => logger.images(step, images));
    },
    async close() {
      const closed = await Promise.allSettled(loggers.map((logger) => logger.close()));
      for (const result of closed) if (result.status === "rejected") throw result.reason;
    },
  };
}
