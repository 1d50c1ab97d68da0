// What this room says to the log: codes and ids, never content.

/** The part of a logger (pino's) that syncing needs. */
export interface SyncLog {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}
