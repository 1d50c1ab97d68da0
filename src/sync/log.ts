// What this room writes to the log: codes and ids, never what is in a calendar.

/** The part of a logger (pino's) that a sync needs. */
export interface SyncLog {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}
