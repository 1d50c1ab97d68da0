// A PostgreSQL client that gives up a connection whose answer did not come in time.

import pg from 'pg';

/**
 * pg only stops waiting: the statement stays under way, and the pool hands the connection out again behind it. On a server
 * that was merely frozen it is carried out later, and a `START TRANSACTION` among them would swallow whatever the next
 * user of the connection writes.
 */
export class PromptClient extends pg.Client {
  // biome-ignore lint/suspicious/noExplicitAny: pg's overloads; the arguments and the result are passed through
  override query(...given: any[]): any {
    const result = (super.query as (...given: unknown[]) => unknown).apply(this, given);
    if (result instanceof Promise)
      result.catch((error: unknown) => {
        if (error instanceof Error && error.message === 'Query read timeout') this.cut();
      });
    return result;
  }

  private cut(): void {
    (
      this as unknown as { connection: { stream: { destroy(): void } } }
    ).connection.stream.destroy();
  }
}
