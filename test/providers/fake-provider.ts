// A provider on a loopback port that gives the responses of a test and records its requests.

import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach } from '@jest/globals';
import { PROVIDERS } from '../../src/providers/catalogue.js';
import { createHttpClient, type HttpClient } from '../../src/providers/http-client.js';
import type { Provider, ProviderSettings } from '../../src/providers/provider.js';

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
  /**
   * Sets the response of `route`, `METHOD /path` without the query. A later call replaces an
   * earlier one.
   */
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
    const answer = routes.get(`${method} ${url.split('?')[0]}`)?.(asked) ?? {
      status: 404,
      json: {},
    };
    response.writeHead(answer.status ?? 200, {
      'content-type': answer.type ?? 'application/json',
      ...answer.headers,
    });
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

/** A provider whose endpoints are all at `url`. */
export function providerAt(
  id: string,
  url: string,
  http: HttpClient,
  settings: Partial<ProviderSettings> = {},
): Provider {
  const definition = PROVIDERS.get(id);
  if (definition === undefined) throw new Error(`no provider ${id}`);
  return definition.create(
    {
      clientId: 'client',
      clientSecret: 'secret & co',
      callbackUrl: `https://app.example/integrations/auth/${id}/callback`,
      calendarScope: definition.calendarScope,
      readScope: definition.readScope,
      ...settings,
      values: {
        AUTHORIZATION_URL: `${url}/authorize?kept=1`,
        TOKEN_URL: `${url}/token`,
        REVOCATION_URL: `${url}/revoke`,
        USERINFO_URL: `${url}/userinfo`,
        CALENDAR_API_URL: `${url}/calendar/v3`,
        GRAPH_URL: `${url}/v1.0`,
        ...settings.values,
      },
    },
    http,
  );
}

/** Makes a fake provider and a client before each test of the suite, and closes them after it. */
export function useFakeProvider(): {
  fake: FakeProvider;
  http: HttpClient;
  provider(id: string, settings?: Partial<ProviderSettings>): Provider;
} {
  const used = {
    provider: (id: string, settings?: Partial<ProviderSettings>) =>
      providerAt(id, used.fake.url, used.http, settings),
  } as ReturnType<typeof useFakeProvider>;
  beforeEach(async () => {
    used.fake = await fakeProvider();
    used.http = createHttpClient({ timeoutMs: 2000, maxBodyBytes: 1 << 20 });
  });
  afterEach(async () => {
    await used.http.close();
    await used.fake.close();
  });
  return used;
}

/** The reason of a promise's rejection. @throws Error when it is fulfilled */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => {
      throw new Error('it was not rejected');
    },
    (error: unknown) => error,
  );
}
