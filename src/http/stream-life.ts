// How long an event stream may live: as long as the sign-in of its caller, and never very long.

import type { Request } from 'express';
import type { Caller } from '../vocabulary.js';
import type { BrowserSessions } from './browser-session.js';

const LONGEST_MS = 15 * 60_000;
/** How often a stream asks whether its browser session was ended. */
const SESSION_INTERVAL_MS = 5_000;

/** The life of one stream. An `EventSource` connects again when it is over. */
export class StreamLife {
  private checkSessionAt = Date.now() + SESSION_INTERVAL_MS;

  private constructor(
    private readonly sessions: Pick<BrowserSessions, 'isStillOpen'>,
    private readonly request: Request,
    private readonly isInSession: boolean,
    private readonly until: number,
  ) {}

  /** Begins now. */
  static async begin(
    sessions: Pick<BrowserSessions, 'isStillOpen'>,
    request: Request,
    { expiresAt }: Caller,
  ): Promise<StreamLife> {
    // A browser may still have the cookie of an ended session, while another cookie names its user.
    const isInSession = await sessions.isStillOpen(request);
    const longest = Date.now() + LONGEST_MS;
    const until = expiresAt === null ? longest : Math.min(longest, expiresAt * 1_000);
    return new StreamLife(sessions, request, isInSession, until);
  }

  /** At most `wait` milliseconds: until the end of its life. */
  atMost(wait: number): number {
    return Math.max(0, Math.min(wait, this.until - Date.now()));
  }

  /** Whether the stream has to end. */
  async isOver(): Promise<boolean> {
    const now = Date.now();
    if (now >= this.until) return true;
    if (!this.isInSession || now < this.checkSessionAt) return false;
    this.checkSessionAt = now + SESSION_INTERVAL_MS;
    return !(await this.sessions.isStillOpen(this.request));
  }
}
