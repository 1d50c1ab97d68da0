// Bounds the open event streams of this process. Each costs a connection and queries.

import type { Request, Response } from 'express';
import { IntegrationError } from '../errors.js';
import { EventStream } from './event-stream.js';

const MOST_PER_USER = 4;
const MOST_PER_PROCESS = 1_000;
/** In seconds: a user's stream may end soon, and a full process needs longer. */
const RETRY_AFTER = { user: 5, process: 30 };

/** Opens event streams, at most four for each user and a thousand in all. */
export class EventStreams {
  private readonly byUser = new Map<string, number>();
  private count = 0;

  constructor(private readonly mostPerProcess = MOST_PER_PROCESS) {}

  /**
   * Opens a stream. It is counted until its connection closes.
   * @throws IntegrationError `rate_limited` when the user or the process has too many
   */
  open(request: Request, response: Response, userId: string): EventStream {
    const own = this.byUser.get(userId) ?? 0;
    if (own >= MOST_PER_USER)
      throw new IntegrationError('rate_limited', {
        reason: 'streams of the user',
        detail: `You have ${MOST_PER_USER} open event streams. Close one, then try again.`,
        retryAfterSeconds: RETRY_AFTER.user,
      });
    if (this.count >= this.mostPerProcess)
      throw new IntegrationError('rate_limited', {
        reason: 'streams of the process',
        detail: 'This service has too many open event streams. Ask for JSON, or try again later.',
        retryAfterSeconds: RETRY_AFTER.process,
      });
    this.count += 1;
    this.byUser.set(userId, own + 1);
    response.once('close', () => this.forget(userId));
    return new EventStream(request, response);
  }

  private forget(userId: string): void {
    this.count -= 1;
    const left = (this.byUser.get(userId) ?? 1) - 1;
    if (left === 0) this.byUser.delete(userId);
    else this.byUser.set(userId, left);
  }
}
