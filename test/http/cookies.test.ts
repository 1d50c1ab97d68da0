// Cookies that a sibling subdomain can set: a name with different values names no one.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Deployment, deploy, FRONTEND, type Host } from '../support/deployment.js';
import { bindings, cookiesSet, expectProblem, expectWayBack, raw } from './expectations.js';
import { forged, honest } from './tokens.js';

const HOSTS: readonly Host[] = ['standalone', 'mounted'];
const INVALID_STATE = { status: 'error', error: 'invalid_state' };

const jwtOf = (sub: string): string => forged(honest({ sub }));

describe.each(HOSTS)('cookies of one name, %s', (host) => {
  let plain: Deployment;
  let secure: Deployment;

  beforeAll(async () => {
    const environment = { ROLE: 'web', JWT_COOKIE_NAME: 'product_jwt' };
    plain = await deploy({ host, sandbox: { contents: 'empty' }, environment });
    secure = await deploy({
      host,
      beside: plain,
      environment: { OAUTH_REDIRECT_BASE_URL: 'https://calendars.example' },
    });
  });
  afterAll(async () => {
    await secure?.stop();
    await plain?.stop();
  });

  const accounts = (deployment: Deployment, cookie: string | string[], userId: string) =>
    raw(deployment.url, `/integrations/accounts?userId=${userId}`, { headers: { Cookie: cookie } });
  const sessionOf = async (deployment: Deployment, userId: string): Promise<string> => {
    const opened = await raw(deployment.url, '/integrations/session', {
      method: 'POST',
      headers: { Authorization: `Bearer ${deployment.token(userId)}` },
    });
    return String(cookiesSet(opened).find(({ name }) => name.endsWith('-session'))?.value);
  };
  const refusals = ({ log }: Deployment) =>
    log.filter(({ audit }) => audit === 'cookie_refused').map(({ cookieName }) => cookieName);

  test('JWT cookies with different values name no one, in any order and spelling', async () => {
    const [victim, attacker] = [jwtOf('victim'), jwtOf('attacker')];
    const shapes: readonly (string | string[])[] = [
      `product_jwt=${victim}; product_jwt=${attacker}`,
      `product_jwt=${attacker}; product_jwt=${victim}`,
      `product_jwt=${attacker};product_jwt=${victim}`,
      `product_jwt=${attacker};\tproduct_jwt = ${victim}`,
      `a=1; product_jwt=${attacker}; b=2; product_jwt=${victim}; c=3`,
      [`product_jwt=${attacker}`, `product_jwt=${victim}`],
      `product_jwt=${victim}; product_jwt=`,
      `product_jwt=; product_jwt=${victim}`,
      `product_jwt=${victim}; product_jwt=x`,
      `product_jwt=${victim}; product_jwt="${victim}"`,
      `product_jwt=${victim}; product_jwt=${victim.replace('.', '%2E')}`,
      `product_jwt=${victim}; product_jwt=${victim}; product_jwt=${attacker}`,
      `product_jwt=${victim}; product_jwt==${victim}`,
    ];
    for (const cookie of shapes)
      for (const userId of ['victim', 'attacker'])
        expectProblem(await accounts(plain, cookie, userId), 'unauthenticated');
  });

  test('the same value twice is one value, and names that only look alike are other cookies', async () => {
    const [victim, attacker] = [jwtOf('victim'), jwtOf('attacker')];
    for (const cookie of [
      `product_jwt=${victim}; product_jwt=${victim}`,
      `product_jwt=${victim}; Product_JWT=${attacker}`,
      `product_jwt=${victim}; PRODUCT_JWT=${attacker}`,
      `product_jwt=${victim}; xproduct_jwt=${attacker}`,
      `product_jwt=${victim}; product%5Fjwt=${attacker}`,
      `product_jwt=${victim}; "product_jwt"=${attacker}`,
      `product_jwt=${victim}; \u00a0product_jwt=${attacker}`,
      `product_jwt=${victim}; product_jwt\u00a0=${attacker}`,
      `product_jwt=${victim}; product_jwt`,
      `product_jwt=${victim}; $Version=1; =${attacker}`,
    ])
      expect([cookie, (await accounts(plain, cookie, 'victim')).status]).toEqual([cookie, 200]);
  });

  test('a header is still who is asking, and an ambiguous cookie changes nothing', async () => {
    const answer = await raw(plain.url, '/integrations/accounts?userId=ana', {
      headers: {
        Authorization: `Bearer ${plain.token('ana')}`,
        Cookie: `product_jwt=${jwtOf('victim')}; product_jwt=${jwtOf('attacker')}`,
      },
    });
    expect(answer.status).toBe(200);
  });

  test('session cookies with different values name no one', async () => {
    const [victim, attacker] = [
      await sessionOf(plain, 'victim'),
      await sessionOf(plain, 'attacker'),
    ];
    for (const [first, second] of [
      [victim, attacker],
      [attacker, victim],
      [victim, ''],
      [victim, decodeURIComponent(victim)],
      [`"${victim}"`, attacker],
    ])
      for (const userId of ['victim', 'attacker']) {
        const cookie = `integrations-session=${first}; integrations-session=${second}`;
        expectProblem(await accounts(plain, cookie, userId), 'unauthenticated');
      }
    const twice = `integrations-session=${victim}; integrations-session=${victim}`;
    expect((await accounts(plain, twice, 'victim')).status).toBe(200);
  });

  test('on https only the __Host- session counts, beside any other', async () => {
    const [victim, attacker] = [
      await sessionOf(secure, 'victim'),
      await sessionOf(secure, 'attacker'),
    ];
    const own = `__Host-integrations-session=${victim}`;
    for (const planted of [
      `integrations-session=${attacker}`,
      `__host-integrations-session=${attacker}`,
      `__HOST-integrations-session=${attacker}`,
      `\u00a0__Host-integrations-session=${attacker}`,
      `\u0085__Host-integrations-session=${attacker}`,
      `__Secure-integrations-session=${attacker}`,
    ]) {
      expect((await accounts(secure, `${planted}; ${own}`, 'victim')).status).toBe(200);
      expectProblem(await accounts(secure, planted, 'attacker'), 'unauthenticated');
    }
    const both = `${own}; __Host-integrations-session=${attacker}`;
    expectProblem(await accounts(secure, both, 'victim'), 'unauthenticated');
  });

  test('ending a session with two cookies ends both', async () => {
    const [one, other] = [await sessionOf(plain, 'ana'), await sessionOf(plain, 'ana')];
    const ended = await raw(plain.url, '/integrations/session', {
      method: 'DELETE',
      headers: {
        Authorization: `Bearer ${plain.token('ana')}`,
        Cookie: `integrations-session=${one}; integrations-session=${other}`,
      },
    });
    expect(ended.status).toBe(204);
    for (const value of [one, other])
      expectProblem(
        await accounts(plain, `integrations-session=${value}`, 'ana'),
        'unauthenticated',
      );
  });

  /** Starts and consents. @returns the callback's path and its binding cookie */
  async function consented(userId: string): Promise<{ path: string; name: string; value: string }> {
    const browser = plain.browser(userId);
    const { body, headers } = await browser.get('/integrations/oauth-url/google').expect(200);
    const url = new URL(await browser.consent(body.url, { as: 'ana@example.com' }));
    const [binding] = bindings({ headers });
    return {
      path: url.pathname + url.search,
      name: String(binding?.name),
      value: String(binding?.value),
    };
  }
  const callback = (path: string, cookie: string) =>
    raw(plain.url, path, { headers: { Cookie: cookie, Accept: 'text/html' } });

  test('a binding cookie with different values binds nothing, and the state is not spent', async () => {
    const { path, name, value } = await consented('binder');
    for (const cookie of [
      `${name}=${value}; ${name}=${'A'.repeat(43)}`,
      `${name}=${'A'.repeat(43)}; ${name}=${value}`,
      `${name}=${value}; ${name}=`,
    ])
      expectWayBack((await callback(path, cookie)) as never, INVALID_STATE);
    const done = await callback(path, `${name}=${value}; ${name}=${value}`);
    expect(done.headers.location).toContain('status=success');
  });

  test('a callback with a JWT or session cookie of different values connects for no one', async () => {
    const { path, name, value } = await consented('attacker');
    const [victim, attacker] = [jwtOf('victim'), jwtOf('attacker')];
    const session = await sessionOf(plain, 'victim');
    for (const cookie of [
      `product_jwt=${attacker}; product_jwt=${victim}`,
      `product_jwt=${victim}; product_jwt=${attacker}`,
      `product_jwt=${victim}; product_jwt=`,
      `integrations-session=${session}; integrations-session=x`,
    ])
      expectWayBack((await callback(path, `${name}=${value}; ${cookie}`)) as never, INVALID_STATE);
    const { body } = await plain.browser('attacker').get('/integrations/accounts').expect(200);
    expect(body.data).toEqual([]);
  });

  test('the log has one line a request, with the name and without the values', async () => {
    const before = refusals(plain).length;
    const cookie = `product_jwt=${jwtOf('victim')}; product_jwt=${jwtOf('attacker')}`;
    await raw(plain.url, '/integrations/auth/google', {
      headers: { Cookie: cookie, Accept: 'text/html' },
    });
    expect(refusals(plain).slice(before)).toEqual(['product_jwt']);
    const line = plain.log.findLast(({ audit }) => audit === 'cookie_refused');
    expect(line).toMatchObject({ requestId: expect.stringMatching(/./) });
    for (const value of cookie.split(/[;=] ?/).filter((part) => part.length > 20))
      expect(JSON.stringify(plain.log)).not.toContain(value);
  });

  test('a start counts and drops binding cookies of any value', async () => {
    const names = Array.from({ length: 5 }, (_, at) => `oauth-${String(at).repeat(12)}`);
    const begun = await raw(plain.url, '/integrations/oauth-url/google', {
      headers: {
        Authorization: `Bearer ${plain.token('ana')}`,
        Origin: FRONTEND,
        Cookie: names.map((name) => `${name}=a; ${name}=b`).join('; '),
      },
    });
    const dropped = cookiesSet(begun).filter(({ attributes }) => attributes['max-age'] === '0');
    expect(dropped.map(({ name }) => name)).toEqual([names[0]]);
  });
});
