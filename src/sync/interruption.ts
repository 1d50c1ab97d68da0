// Two errors that end a run without an outcome of its own.

/**
 * The run may not write any more: another took its place, or the account is paused. Nothing is
 * recorded.
 */
export class RunLost extends Error {
  override readonly name = 'RunLost';
}

/** The process is stopping: the run goes back to the queue as it is. */
export class RunInterrupted extends Error {
  override readonly name = 'RunInterrupted';
}
