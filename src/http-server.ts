// The HTTP server of the process: how long it waits for clients, and how it stops.

import { createServer, type RequestListener, type Server } from 'node:http';

/** The callback's URL holds an authorization code of up to 16 KiB, beside cookies and headers. */
export const MAX_HEADER_BYTES = 64 * 1024;

/** Starts to listen. @throws Error with the code `EADDRINUSE` when the port is in use */
export function listen(
  listener: RequestListener,
  port: number,
  host: string | null,
): Promise<Server> {
  const server = createServer({ maxHeaderSize: MAX_HEADER_BYTES }, listener);
  server.headersTimeout = 20_000;
  server.requestTimeout = 30_000;
  server.keepAliveTimeout = 65_000;
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host: host ?? undefined }, () => resolve(server));
  });
}

/** Accepts no more requests, and lets the running ones finish for up to `graceMs`. */
export function close(server: Server, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    // A connection becomes idle when its response has been sent. `close` would wait for it.
    const idle = setInterval(() => server.closeIdleConnections(), 100);
    const late = setTimeout(() => server.closeAllConnections(), graceMs);
    server.close(() => {
      clearInterval(idle);
      clearTimeout(late);
      resolve();
    });
    server.closeIdleConnections();
  });
}
