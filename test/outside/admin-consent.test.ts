/**
 * The consent of an administrator, seen from outside: a link for someone else, whose answer is a
 * hint. The test itself plays the administrator's browser: anyone can write an answer.
 */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { everySetCookie } from './client.js';
import { Emulator } from './emulator.js';
import { build, Service } from './service.js';
import { INSTANT, keysOf, takeComplaints, UUID } from './shape.js';

let emulator: Emulator;
let service: Service;
beforeAll(async () => {
  build();
  emulator = await Emulator.start();
  service = await Service.start(emulator);
}, 150_000);
afterAll(async () => {
  await service?.stop();
  await emulator?.stop();
});

const PATH = '/integrations/admin-consent';
const HTML = { accept: 'text/html' };

async function ask(browser: ReturnType<Service['browser']>) {
  const reply = await browser.ask(`${PATH}/microsoft`, { method: 'POST', json: {} });
  expect([reply.status, keysOf(reply.body)]).toEqual([201, 'expiresAt, requestId, url']);
  const { requestId, url, expiresAt } = reply.body;
  const status = async () => {
    const { body } = await browser.ask(`${PATH}/${requestId}`);
    expect(keysOf(body)).toBe('requestId, status');
    return body.status as string;
  };
  /** Answers as an administrator on another machine. */
  const answer = (parameters: Record<string, string>) => {
    const state = new URL(url).searchParams.get('state') ?? '';
    const query = new URLSearchParams({ ...parameters, state });
    return service
      .browser()
      .ask(`${PATH}/microsoft/callback?${query}`, { token: '', headers: HTML });
  };
  return { requestId, url: new URL(url), expiresAt, status, answer };
}

test('the link leads to the consent for an organization and back', async () => {
  const { requestId, url, expiresAt, status } = await ask(service.browser());
  expect(requestId).toMatch(UUID);
  expect(expiresAt).toMatch(INSTANT);
  expect(url.origin + url.pathname).toBe(
    `${emulator.origin}/entra/organizations/v2.0/adminconsent`,
  );
  expect(url.searchParams.get('client_id')).toBe(emulator.microsoft.oauth.client.id);
  expect(url.searchParams.get('redirect_uri')).toBe(`${service.origin}${PATH}/microsoft/callback`);
  expect(url.searchParams.get('scope')?.split(' ')).toEqual(
    expect.arrayContaining([
      'https://graph.microsoft.com/Calendars.ReadWrite',
      'https://graph.microsoft.com/User.Read',
      'offline_access',
    ]),
  );
  expect(await status()).toBe('pending');
});

test('an answer is taken once, from any machine, and shown in a page', async () => {
  const { status, answer } = await ask(service.browser());
  const before = everySetCookie.length;
  const page = await answer({ admin_consent: 'True', tenant: randomUUID() });
  expect([page.status, page.headers.get('content-type')]).toEqual([
    200,
    expect.stringContaining('text/html'),
  ]);
  expect(everySetCookie.length).toBe(before);
  expect(await status()).toBe('granted');
  takeComplaints();
  expect((await answer({ error: 'access_denied' })).status).toBe(400);
  expect(takeComplaints()).toEqual([expect.stringContaining('text/html')]);
  expect(await status()).toBe('granted');
});

test('a refusal with admin_consent=True is one', async () => {
  const { status, answer } = await ask(service.browser());
  await answer({ error: 'consent_required', admin_consent: 'True', tenant: randomUUID() });
  expect(await status()).toBe('refused');
});

test('other users and programs learn nothing', async () => {
  const { requestId, url } = await ask(service.browser());
  const other = service.browser();
  expect((await other.ask(`${PATH}/${requestId}`)).status).toBe(404);
  const state = url.searchParams.get('state') ?? '';
  const reply = await other.ask(`/integrations/auth/microsoft/callback?code=x&state=${state}`, {
    headers: { accept: 'application/json' },
  });
  expect([reply.status, reply.body.code]).toEqual([400, 'invalid_state']);
  const google = await other.ask(`${PATH}/google`, { method: 'POST', json: {} });
  expect([google.status, google.body.code]).toEqual([400, 'admin_consent_unsupported']);
});

test('no response violated the rules for all responses', () => {
  expect(takeComplaints()).toEqual([]);
});
