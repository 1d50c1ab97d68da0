// Whole flows through the typed client, as a frontend and a backend take them.

import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  CalendarConnectError,
  type Client,
  createClient,
  jsonLines,
  type Notification,
} from '../../client/client.js';
import { buildAccount, meeting } from '../support/build-account.js';
import { type Deployment, deploy, FRONTEND, type Host } from '../support/deployment.js';
import { cookieFetch } from './cookie-fetch.js';

const HOSTS: readonly Host[] = ['standalone', 'mounted'];
const SERVICE_KEY = `cck_${'c'.repeat(43)}`;
const environment = {
  SERVICE_KEYS: `backend:${createHash('sha256').update(SERVICE_KEY).digest('hex')}`,
};

/** What a promise is rejected with. */
async function refused(promise: Promise<unknown>): Promise<CalendarConnectError> {
  const error = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof CalendarConnectError)) throw error ?? new Error('it was not refused');
  return error;
}

async function collect<Entry>(entries: AsyncIterable<Entry>): Promise<Entry[]> {
  const all: Entry[] = [];
  for await (const entry of entries) all.push(entry);
  return all;
}

describe.each(HOSTS)('the client, %s', (host) => {
  let deployment: Deployment;
  const baseUrl = () => `${deployment.url}/integrations/`;
  const clientOf = (userId: string, fetch = cookieFetch(FRONTEND)): Client =>
    createClient({ baseUrl: baseUrl(), token: () => deployment.token(userId), fetch });
  const backend = () => createClient({ baseUrl: baseUrl(), token: SERVICE_KEY });

  beforeAll(async () => {
    deployment = await deploy({ host, environment });
  });
  afterAll(() => deployment?.stop());

  test('a frontend connects an account by a session and a navigation, follows the sync, reads and disconnects', async () => {
    const fetch = cookieFetch(FRONTEND);
    const withToken = clientOf('ana', fetch);
    const client = createClient({ baseUrl: baseUrl(), fetch });
    expect(await client.getSession()).toBeNull();
    expect(await withToken.createSession()).toBeUndefined();
    expect(await client.getSession()).toMatchObject({ userId: 'ana', admin: false });
    const { data: providers } = await client.listProviders();
    expect(providers.map(({ id }) => id)).toContain('google');

    const start = client.connectUrl('google', { returnTo: '/integrations', access: 'write' });
    expect(start).toBe(
      `${deployment.url}/integrations/auth/google?returnTo=%2Fintegrations&access=write`,
    );
    const toProvider = await fetch(start, { redirect: 'manual' });
    const accountId = await throughConsent(deployment, fetch, toProvider.headers.get('location'));
    for await (const { event, data } of client.streams.getSync({ path: { accountId } }))
      if (event === 'end') expect(data.state).toBe('idle');

    const account = await client.getAccount({ path: { accountId } });
    expect(account).toMatchObject({ email: 'ana@example.com', status: 'connected' });
    const { data: calendars } = await client.listCalendars({ path: { accountId } });
    expect(calendars.length).toBeGreaterThan(0);
    const disconnected = await client.disconnectAccount({ path: { accountId } });
    expect(disconnected).toMatchObject({ id: accountId, revoked: true });
    const error = await refused(client.getAccount({ path: { accountId } }));
    expect(error).toMatchObject({ code: 'account_not_found', status: 404, retryAfter: null });
    expect(error.requestId).toBe(error.problem.requestId);
    expect(error.title).toBeTruthy();
    await client.deleteSession();
    expect(await client.getSession()).toBeNull();
  });

  test('a frontend connects by the URL of an authorization request', async () => {
    const fetch = cookieFetch(FRONTEND);
    const client = clientOf('bo', fetch);
    const { url } = await client.getAuthorizationUrl({ path: { provider: 'microsoft' } });
    expect(await throughConsent(deployment, fetch, url, 'ana@northwind.example')).toMatch(
      /^[\da-f-]{36}$/,
    );
    const unknown = await refused(client.getAuthorizationUrl({ path: { provider: 'a/b' } }));
    expect(unknown).toMatchObject({ code: 'unsupported_provider', status: 400 });
  });

  test('a listing is read entry by entry and page by page', async () => {
    const { id: accountId } = await buildAccount(deployment, {
      userId: 'cy',
      events: [1, 2, 3, 4, 5].map((day) => meeting(`Day ${day}`, { day })),
    });
    const client = clientOf('cy');
    const from = new Date().toISOString();
    const events = client.pages.listEvents({ path: { accountId }, query: { from, limit: 2 } });
    const titles = (await collect(events)).map(({ title }) => title);
    expect(titles).toEqual(['Day 1', 'Day 2', 'Day 3', 'Day 4', 'Day 5']);
    const pages = await collect(events.byPage());
    expect(pages.map(({ data }) => data.length)).toEqual([2, 2, 1]);
    const [second] = await collect(
      client.pages
        .listEvents({
          path: { accountId },
          query: { from, limit: 4, cursor: pages[0]?.nextCursor ?? '' },
        })
        .byPage(),
    );
    expect(second?.data.map(({ title }) => title)).toEqual(['Day 3', 'Day 4', 'Day 5']);
  });

  test('a backend acts for a user, reads the feed and exports', async () => {
    const client = backend();
    const { nextCursor } = await client.listChanges();
    const { id } = await buildAccount(deployment, { userId: 'dee' });
    const notifications = await collect(
      client.pages.listChanges({ query: { after: nextCursor, accountId: id, limit: 1 } }),
    );
    expect(notifications.map(({ type }) => type)).toEqual(
      expect.arrayContaining(['account.connected', 'sync.completed']),
    );
    const { data } = await client.listAccounts({ query: { userId: 'dee' } });
    expect(data.map((account) => account.id)).toEqual([id]);
    const lines = await collect(jsonLines(await client.exportUser({ path: { userId: 'dee' } })));
    expect(lines[0]).toMatchObject({ type: 'account', id });
    const endpoint = await client.createWebhookEndpoint({
      body: { url: 'https://hooks.example.com/calendars', types: ['events.changed'] },
    });
    expect(endpoint.secret).toMatch(/^whsec_/);
    const gone = client.deleteWebhookEndpoint({ path: { endpointId: endpoint.id } });
    expect(await gone).toBeUndefined();
    const raw = await client.request('GET', '/accounts', { query: { userId: 'dee', limit: 1 } });
    expect(await raw.json()).toMatchObject({ data: [{ id }] });
    expect(await refused(client.request('GET', '/nowhere'))).toMatchObject({ code: 'not_found' });
    const link = await client.createConnectLink({ body: { userId: 'dee', provider: 'google' } });
    const token = new URL(link.url).pathname.split('/').at(-1) ?? '';
    expect(client.urls.showConnectLink({ path: { token } })).toBe(link.url);
    const page = await client.showConnectLink({ path: { token } });
    expect(await page.text()).toContain('<!doctype html>');
  });

  test('a stream goes on after the last event when its connection breaks', async () => {
    let streams = 0;
    const sent: (string | null)[] = [];
    const fragile: typeof fetch = async (input, options) => {
      const response = await fetch(input, options);
      if (!response.headers.get('content-type')?.startsWith('text/event-stream')) return response;
      sent.push(new Headers(options?.headers).get('last-event-id'));
      streams += 1;
      return streams === 1 ? brokenAfterOneEvent(response) : response;
    };
    const client = createClient({ baseUrl: baseUrl(), token: SERVICE_KEY, fetch: fragile });
    const { nextCursor: after } = await client.listChanges();
    await buildAccount(deployment, { userId: 'eve' });
    const stop = new AbortController();
    const seen: Notification[] = [];
    let lastId = '';
    const query = { after, userId: 'eve' };
    for await (const { id, event, data } of client.streams.listChanges({
      query,
      signal: stop.signal,
    })) {
      expect(event).toBe(data.type);
      seen.push(data);
      lastId = id;
      if (data.type === 'sync.completed') break;
    }
    expect(streams).toBe(2);
    expect(sent[0]).toBeNull();
    expect(sent[1]).toBeTruthy();
    const { data: all } = await client.listChanges({ query });
    expect(seen.map(({ id }) => id)).toEqual(all.slice(0, seen.length).map(({ id }) => id));

    const rest = client.streams.listChanges({
      query,
      lastEventId: lastId,
      signal: stop.signal,
    });
    const next = rest.next();
    stop.abort(new Error('enough'));
    await expect(next).rejects.toThrow('enough');
  });

  test('a stream that is refused throws the problem at once', async () => {
    const client = backend();
    const stream = client.streams.listChanges({ query: { after: 'no cursor' } });
    expect(await refused(stream.next())).toMatchObject({ code: 'invalid_request', status: 400 });
  });
});

/** A response whose connection breaks off after its first event. */
function brokenAfterOneEvent(response: Response): Response {
  let text = '';
  const decoder = new TextDecoder();
  const breaking = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      text += decoder.decode(chunk, { stream: true });
      const [first] = /^.*?\ndata:.*?\n\n/s.exec(text) ?? [];
      if (first === undefined) return;
      controller.enqueue(new TextEncoder().encode(first));
      controller.error(new TypeError('the connection broke'));
    },
  });
  return new Response(response.body?.pipeThrough(breaking), response);
}

/** Gives consent as a browser, and comes back. @returns the account's id */
async function throughConsent(
  deployment: Deployment,
  fetch: typeof globalThis.fetch,
  url: string | null,
  as = 'ana@example.com',
): Promise<string> {
  const browser = deployment.browser(null);
  const callback = await browser.consent(String(url), { as });
  const back = await fetch(callback, { redirect: 'manual', headers: { Accept: 'text/html' } });
  const end = new URL(String(back.headers.get('location')));
  expect(end.searchParams.get('status')).toBe('success');
  return String(end.searchParams.get('accountId'));
}
