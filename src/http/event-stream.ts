// Server-sent events: one open response that a route writes to until it or the client ends it.

import type { Request, Response } from 'express';

const EVENT_STREAM = 'text/event-stream';
/** Proxies close a connection that is silent for a minute, some after 20 seconds. */
const KEEP_ALIVE_MS = 10_000;

/**
 * Whether a request asks for server-sent events: it names their type, and prefers it to JSON.
 * A wildcard does not count.
 */
export function asksForEventStream(request: Request): boolean {
  const names = (request.get('accept') ?? '').split(',').map((one) => one.split(';')[0]?.trim());
  return (
    names.some((name) => name?.toLowerCase() === EVENT_STREAM) &&
    request.accepts(['application/json', EVENT_STREAM]) === EVENT_STREAM
  );
}

/**
 * A response of the type `text/event-stream` (WHATWG HTML, section 9.2). Its headers are sent when
 * it is made. While nothing else is sent, a comment goes out every ten seconds.
 */
export class EventStream {
  private readonly keepAlive: NodeJS.Timeout;
  private lastId = Date.now();

  constructor(
    private readonly request: Request,
    private readonly response: Response,
    keepAliveMs = KEEP_ALIVE_MS,
  ) {
    response
      .status(200)
      .set({
        'Content-Type': EVENT_STREAM,
        // `no-transform` keeps compressing middleware and proxies from gathering events.
        'Cache-Control': 'no-store, no-transform',
        // Keeps nginx from buffering them.
        'X-Accel-Buffering': 'no',
      })
      .flushHeaders();
    this.keepAlive = setInterval(() => this.write(': still here\n\n'), keepAliveMs);
    response.once('close', () => clearInterval(this.keepAlive));
  }

  /** False once the client has gone or the stream was closed. */
  get isOpen(): boolean {
    return !this.request.destroyed && !this.response.destroyed && !this.response.writableEnded;
  }

  /**
   * Sends one event.
   * @param data one line of text, for example JSON
   * @param id what a client sends back as `Last-Event-ID`. Default: one of its own
   */
  send(event: string, data: string, id?: string): void {
    this.lastId += 1;
    this.write(`id: ${id ?? this.lastId}\nevent: ${event}\ndata: ${data}\n\n`);
    this.keepAlive.refresh();
  }

  /** Sets what a client sends back as `Last-Event-ID`, without an event. */
  place(id: string): void {
    this.write(`id: ${id}\n\n`);
  }

  /** Waits until the client has taken what was sent. */
  async drained(): Promise<void> {
    if (!this.isOpen || !this.response.writableNeedDrain) return;
    await new Promise<void>((resolve) => {
      const end = () => {
        this.response.off('drain', end).off('close', end);
        resolve();
      };
      this.response.once('drain', end).once('close', end);
    });
  }

  /** Ends the response. */
  close(): void {
    clearInterval(this.keepAlive);
    this.response.end();
  }

  private write(text: string): void {
    if (!this.isOpen) return;
    this.response.write(text);
    // Compressing middleware of a host adds `flush`, and may ignore `no-transform`.
    if ('flush' in this.response && typeof this.response.flush === 'function')
      this.response.flush();
  }
}
