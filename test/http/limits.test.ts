// Limits on everything that costs: refused JWTs by address, selecting calendars, disconnecting.

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ROUTES } from '../../src/http/routes/routes.js';
import { type Deployment, deploy, type Host } from '../support/deployment.js';
import { expectProblem, type RawAnswer, raw } from './expectations.js';
import { forged, honest, seconds, unsigned } from './tokens.js';

const HOSTS: readonly Host[] = ['standalone', 'mounted'];
const LIMIT = 4;

test('every route of a user has a limit, apart from signing out', () => {
  const unlimited = ROUTES.filter(
    ({ who, limit }) => (who === 'user' || who === 'bearer') && limit === undefined,
  );
  expect(
    unlimited.map(({ operationId }) => operationId).filter((id) => id !== 'closeSession'),
  ).toEqual([]);
});

describe.each(HOSTS)('refused JWTs, %s', (host) => {
  let deployment: Deployment;

  beforeAll(async () => {
    const environment = {
      ROLE: 'web',
      RATE_LIMIT_CALLBACK: String(LIMIT),
      JWT_COOKIE_NAME: 'product_jwt',
      TRUST_PROXY: '1',
    };
    deployment = await deploy({ host, sandbox: { contents: 'empty' }, environment });
  });
  afterAll(() => deployment?.stop());

  const ask = (headers: Record<string, string>, path = '/integrations/providers') =>
    raw(deployment.url, path, { headers });
  const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });

  function expectLimited(response: RawAnswer): void {
    expectProblem(response, 'rate_limited');
    expect(Number(response.headers['retry-after'])).toBeGreaterThanOrEqual(1);
    expect(Number(response.headers['retry-after'])).toBeLessThanOrEqual(60);
  }

  test('those that have only expired, and requests without any, are never counted', async () => {
    const expired = forged(honest({ exp: seconds() - 60 }));
    for (let tries = 0; tries < 3 * LIMIT; tries += 1) {
      expectProblem(await ask(bearer(expired)), 'unauthenticated');
      expectProblem(await ask({ Cookie: `product_jwt=${expired}` }), 'unauthenticated');
      expectProblem(await ask({}), 'unauthenticated');
    }
  });

  test('beyond the limit they get 429, and valid callers of the same address do not', async () => {
    const bad = [
      bearer('x'),
      bearer(unsigned(honest(), 'none')),
      { Cookie: `product_jwt=${forged(honest(), {}, { secret: 'guessed' })}` },
      bearer(forged(honest({ exp: seconds() - 60 }), {}, { secret: 'guessed' })),
      { Authorization: 'Basic dTpw' },
      bearer(forged(honest({ sub: '' }))),
    ];
    for (const headers of bad.slice(0, LIMIT)) expectProblem(await ask(headers), 'unauthenticated');
    for (const headers of bad) expectLimited(await ask(headers));
    expectLimited(await ask(bearer('x'), '/integrations/session'));
    const post = { method: 'POST', headers: bearer('x') };
    expectLimited(await raw(deployment.url, '/integrations/session', post));
    for (const headers of [
      bearer(forged(honest())),
      { Cookie: `product_jwt=${forged(honest())}` },
    ] as Record<string, string>[])
      expect((await ask(headers)).status).toBe(200);
    expectProblem(await ask(bearer(forged(honest({ exp: 1 })))), 'unauthenticated');
    expect((await ask({}, '/integrations/session')).status).toBe(204);
    const navigated = await ask(
      { ...bearer('x'), Accept: 'text/html' },
      '/integrations/auth/google',
    );
    expect(navigated.headers.location).toMatch(/error=rate_limited$/);
  });

  if (host === 'standalone')
    test('each address has its own count', async () => {
      for (let tries = 0; tries < LIMIT; tries += 1)
        expectProblem(
          await ask({ ...bearer('x'), 'X-Forwarded-For': '203.0.113.7' }),
          'unauthenticated',
        );
      expectLimited(await ask({ ...bearer('x'), 'X-Forwarded-For': '203.0.113.7' }));
      expectProblem(
        await ask({ ...bearer('x'), 'X-Forwarded-For': '203.0.113.8' }),
        'unauthenticated',
      );
    });
});

describe.each(HOSTS)('selecting and disconnecting, %s', (host) => {
  let deployment: Deployment;

  beforeAll(async () => {
    const environment = { RATE_LIMIT_SYNC: '2', RATE_LIMIT_START: '3' };
    deployment = await deploy({ host, sandbox: { contents: 'empty' }, environment });
  });
  afterAll(() => deployment?.stop());

  test('selecting a calendar counts as a sync, and deselecting one does not', async () => {
    const browser = deployment.browser('ana');
    const accountId = await browser.connectAndSync('google', { as: 'ana@example.com' });
    const calendars = `/integrations/accounts/${accountId}/calendars`;
    const { body } = await browser.get(calendars).expect(200);
    const select = (selected: boolean) =>
      browser.patch(`${calendars}/${body.data[0].id}`, { selected });
    for (let tries = 0; tries < 4; tries += 1) await select(false).expect(200);
    for (let tries = 0; tries < 2; tries += 1) await select(true).expect(200);
    await select(false).expect(200);
    const refused = await select(true).expect(429);
    expect(refused.body.code).toBe('rate_limited');
    expect(Number(refused.headers['retry-after'])).toBeGreaterThanOrEqual(1);
    const { body: after } = await browser.get(calendars).expect(200);
    expect(after.data[0].selected).toBe(false);
    expect((await browser.post(`/integrations/sync/${accountId}`, {})).status).toBe(429);
  });

  test('disconnecting has the limit of starts, with a count of its own', async () => {
    const browser = deployment.browser('leaver');
    for (let tries = 0; tries < 3; tries += 1)
      await browser.delete(`/integrations/accounts/${randomUUID()}`).expect(404);
    const refused = await browser.delete(`/integrations/accounts/${randomUUID()}`).expect(429);
    expect(refused.body.code).toBe('rate_limited');
    await browser.get('/integrations/oauth-url/google').expect(200);
    await deployment
      .browser('another')
      .delete(`/integrations/accounts/${randomUUID()}`)
      .expect(404);
  });
});
