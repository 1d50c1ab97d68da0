// Two ways a run ends without an outcome of its own.

/** The run may not write any more: overtaken, or its account is on its way out. Nothing is to be recorded. */
export class RunLost extends Error {
  override readonly name = 'RunLost';
}

/** This process is stopping: the run goes back to the queue as it is. */
export class RunInterrupted extends Error {
  override readonly name = 'RunInterrupted';
}
