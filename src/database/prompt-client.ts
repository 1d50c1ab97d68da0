// A PostgreSQL client that closes its connection when a response does not come in time.

import pg from 'pg';

/**
 * After a timeout, pg only stops waiting. The statement stays queued on the connection, and the
 * pool gives the connection to its next user. A server that was only frozen then executes the
 * statement later. If it is a `START TRANSACTION`, what the next user writes becomes part of that
 * transaction and may never be committed.
 */
export class PromptClient extends pg.Client {
  // biome-ignore lint/suspicious/noExplicitAny: pg's overloads are passed through
  override query(...parameters: any[]): any {
    const result = (super.query as (...parameters: unknown[]) => unknown).apply(this, parameters);
    if (result instanceof Promise)
      result.catch((error: unknown) => {
        if (error instanceof Error && error.message === 'Query read timeout') this.close();
      });
    return result;
  }

  /** Closes the connection at once, whether or not the server responds. */
  close(): void {
    // pg's types do not name the socket.
    (
      this as unknown as { connection: { stream: { destroy(): void } } }
    ).connection.stream.destroy();
  }
}
