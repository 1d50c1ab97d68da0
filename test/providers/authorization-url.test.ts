// The authorization URL that is put together equals the one that the provider's strategy writes.

import { hash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { AuthorizationUrls } from '../../src/providers/authorization-url.js';
import { PROVIDERS } from '../../src/providers/catalogue.js';
import type { BeginAuthorization, StrategyPurpose } from '../../src/providers/provider-consent.js';
import { runStrategy } from '../../src/providers/run-strategy.js';
import { useFakeProvider } from './fake-provider.js';

const at = useFakeProvider();
const STATE = 'an-other_state-0123456789ABCDEFGHIJKLMNOPQR';

const consentOf = (id: string, values: Record<string, string> = {}) => {
  const definition = PROVIDERS.get(id)!;
  const callbackUrl = `https://app.example/base/integrations/auth/${id}/callback?a=b&c=ü`;
  const { calendarScope, readScope } = definition;
  const settings = {
    clientId: 'a client/with ä',
    clientSecret: 's',
    callbackUrl,
    calendarScope,
    readScope,
  };
  return definition.create({ ...settings, values }, at.http).consent;
};

/** Without the challenge, which differs each time. */
const withoutChallenge = (url: string, verifier: string): string => {
  const challenge = hash('sha256', verifier, 'base64url');
  expect(url.split(challenge)).toHaveLength(2);
  return url.replace(challenge, '');
};

describe.each([...PROVIDERS.keys()])('%s', (id) => {
  test.each([null, 'ana+x@example.com'])('hint %s', async (loginHint) => {
    const consent = consentOf(id);
    let verifier = '';
    const begin: BeginAuthorization = async (made) => {
      verifier = made;
      return STATE;
    };
    const options = consent.authorizationOptions({ loginHint });
    const outcome = await runStrategy(consent.strategy({ access: 'write', begin }), {}, options);
    if (outcome.outcome !== 'redirect') throw new Error(outcome.outcome);
    const wanted = withoutChallenge(outcome.url, verifier);
    const verifiers = new Set([verifier]);
    for (let times = 0; times < 3; times += 1) {
      const url = await consent.authorizationUrl({ loginHint, access: 'write' }, begin);
      expect(withoutChallenge(url, verifier)).toBe(wanted);
      expect(verifier).toMatch(/^[A-Za-z0-9_-]{43}$/);
      verifiers.add(verifier);
    }
    expect(verifiers.size).toBe(4);
  });

  test('the strategy writes it once', async () => {
    const consent = consentOf(id);
    let runs = 0;
    const counting = {
      authorizationOptions: consent.authorizationOptions,
      strategy(purpose: StrategyPurpose) {
        runs += 1;
        return consent.strategy(purpose);
      },
    };
    const urls = new AuthorizationUrls(counting, 'write');
    const some = Array.from({ length: 5 }, () => urls.write(null, async () => STATE));
    expect(new Set(await Promise.all(some)).size).toBe(5);
    expect(runs).toBe(1);
    await urls.write('ana@example.com', async () => STATE);
    expect(runs).toBe(2);
  });
});

test('the error of what keeps the request is passed on, and the next request begins', async () => {
  const consent = consentOf('google');
  const failing = async () => Promise.reject(new Error('no Redis'));
  await expect(
    consent.authorizationUrl({ loginHint: null, access: 'write' }, failing),
  ).rejects.toThrow('no Redis');
  const url = await consent.authorizationUrl(
    { loginHint: null, access: 'write' },
    async () => STATE,
  );
  expect(new URL(url).searchParams.get('state')).toBe(STATE);
});

test('a strategy that writes the state in another way writes each URL', async () => {
  const own = {
    authorizationOptions: () => ({}),
    strategy: (purpose: StrategyPurpose) => ({
      authenticate() {
        if (!('begin' in purpose)) throw new Error('for authorizations only');
        const self = this as unknown as { redirect(url: string): void };
        void purpose
          .begin('a verifier')
          .then((state) => self.redirect(`https://x.example/?s=${state}&again=${state}`));
      },
    }),
  };
  const urls = new AuthorizationUrls(own, 'write');
  for (const state of ['one', 'two'])
    expect(await urls.write(null, async () => state)).toBe(
      `https://x.example/?s=${state}&again=${state}`,
    );
});
