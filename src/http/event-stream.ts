// Server-sent events: one open response that a route writes to until it or the client ends it.

import type { Request, Response } from 'express';

/**
 * A response of the type `text/event-stream` (WHATWG HTML, section 9.2). Its headers are sent when
 * it is made.
 */
export class EventStream {
  constructor(
    private readonly request: Request,
    private readonly response: Response,
  ) {
    response
      .status(200)
      // The second header keeps nginx from holding events back.
      .set({ 'Content-Type': 'text/event-stream', 'X-Accel-Buffering': 'no' })
      .flushHeaders();
  }

  /** False once the client has gone or the stream was closed. */
  get isOpen(): boolean {
    return !this.request.destroyed && !this.response.destroyed && !this.response.writableEnded;
  }

  /** Sends one event. @param data one line of text, for example JSON */
  send(event: string, data: string): void {
    this.response.write(`event: ${event}\ndata: ${data}\n\n`);
  }

  /** Sends a comment, which clients ignore, so that no proxy takes the connection for idle. */
  heartbeat(): void {
    this.response.write(': still here\n\n');
  }

  /** Ends the response. */
  close(): void {
    this.response.end();
  }
}
