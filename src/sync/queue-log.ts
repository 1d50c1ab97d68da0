// What the log says of the queue: each failure, but an outage of PostgreSQL only when it begins and
// when it ends.

import { asIntegrationError } from '../classify-failure.js';
import type { SyncLog } from './log.js';

export class QueueLog {
  private isOut = false;

  constructor(private readonly logger: Pick<SyncLog, 'error' | 'info'>) {}

  /** Logs a failure, unless it is one more of an outage. */
  failed(error: unknown): void {
    const { queue } = error as { queue?: string };
    const fields = { err: asError(error), queue };
    if (asIntegrationError(error).code !== 'temporarily_unavailable')
      this.logger.error(fields, 'queue error');
    else if (!this.isOut) {
      this.isOut = true;
      this.logger.error(fields, 'queue is unavailable');
    }
  }

  /** PostgreSQL has answered. */
  answered(): void {
    if (!this.isOut) return;
    this.isOut = false;
    this.logger.info({}, 'queue is available again');
  }
}

/** pg-boss emits copies of errors, which have no class, and which the log would leave out. */
function asError(error: unknown): Error {
  if (error instanceof Error) return error;
  const { message = String(error), stack, code } = error as Partial<Error & { code: string }>;
  return Object.assign(new Error(message), { stack, code });
}
