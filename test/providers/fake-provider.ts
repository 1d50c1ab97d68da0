// A provider on a loopback port that answers what a test tells it to, and remembers what it was asked.

import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Asked {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Answer {
  readonly status?: number;
  readonly json?: unknown;
  readonly text?: string;
  readonly type?: string;
  readonly headers?: Record<string, string>;
}

export interface FakeProvider {
  readonly url: string;
  readonly requests: Asked[];
  /** `route` is `METHOD /path`, without the query. A later answer replaces an earlier one. */
  on(route: string, answer: (asked: Asked) => Answer): void;
  close(): Promise<void>;
}

export async function fakeProvider(): Promise<FakeProvider> {
  const routes = new Map<string, (asked: Asked) => Answer>();
  const requests: Asked[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { method = '', url = '', headers } = request;
    const asked = { method, url, headers, body: Buffer.concat(chunks).toString() };
    requests.push(asked);
    const answer = routes.get(`${method} ${url.split('?')[0]}`)?.(asked) ?? { status: 404, json: {} };
    response.writeHead(answer.status ?? 200, { 'content-type': answer.type ?? 'application/json', ...answer.headers });
    response.end(answer.text ?? JSON.stringify(answer.json));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    on: (route, answer) => void routes.set(route, answer),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
