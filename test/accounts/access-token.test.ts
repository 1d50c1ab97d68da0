// Access tokens: refreshed in time and by one process, stored before use, and given up only when
// the grant is invalid.

import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, jest, test } from '@jest/globals';
import { createAccountOverview } from '../../src/account-overview.js';
import { Disconnecting } from '../../src/accounts/disconnect.js';
import { Revoking } from '../../src/accounts/revoking.js';
import { BY_SYSTEM } from '../../src/audit/audit-words.js';
import { ProviderError } from '../../src/errors.js';
import { SYNC_LISTENERS } from '../../src/sync/pauses.js';
import type { StatusReason, TokenSet } from '../../src/vocabulary.js';
import { type AccountFixture, tokenSet, useAccounts } from './account-fixture.js';

const MINUTE = 60_000;
const accounts: AccountFixture = useAccounts();
const asIs = async (accessToken: string) => accessToken;
const rejected = () =>
  Promise.reject(
    new ProviderError('reauthorization_required', { reason: '401', accessTokenRejected: true }),
  );

const outOfScope = () =>
  Promise.reject(
    new ProviderError('reauthorization_required', {
      reason: '403',
      statusReason: 'missing_scopes',
    }),
  );

/** A token endpoint that counts its requests and responds when the test lets it. */
function endpoint(answer: (refreshToken: string) => Promise<TokenSet> | TokenSet) {
  return jest.fn(async (_provider: string, refreshToken: string) => answer(refreshToken));
}

function deferred<T>() {
  let resolve!: (value: T) => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}

describe('refreshing an access token', () => {
  test('a token is refreshed five minutes before it expires, and not earlier', async () => {
    let now = Date.now();
    const refresh = endpoint(() =>
      tokenSet('the second grant', { expiresAt: new Date(now + 60 * MINUTE) }),
    );
    const { tokens } = await accounts.process(refresh, { now: () => new Date(now) });
    const id = await accounts.connect({
      tokens: tokenSet('the first grant', { expiresAt: new Date(now + 60 * MINUTE) }),
    });
    now += 54 * MINUTE;
    expect(await tokens.use(id, asIs)).toBe('access of the first grant');
    now += 1 * MINUTE + 1;
    expect(await tokens.use(id, asIs)).toBe('access of the second grant');
    expect(refresh.mock.calls).toEqual([['google', 'refresh of the first grant', 'write']]);
  });

  test('a token that the provider rejects is refreshed once, and the call is repeated', async () => {
    const refresh = endpoint(() => tokenSet('the second grant'));
    const { tokens } = await accounts.process(refresh);
    const id = await accounts.connect();
    const used: string[] = [];
    const answer = await tokens.use(id, async (accessToken) => {
      used.push(accessToken);
      if (used.length === 1) await rejected();
      return 'an answer';
    });
    expect(answer).toBe('an answer');
    expect(used).toEqual(['access of the first grant', 'access of the second grant']);
    expect(refresh).toHaveBeenCalledTimes(1);
    expect((await accounts.row(id))['status']).toBe('connected');
  });

  test.each([
    ['rejected', rejected],
    ['refused for its scopes', outOfScope],
  ])(
    'a new token that is %s too proves nothing about a grant that was refreshed',
    async (_name, call) => {
      let now = Date.now();
      const refresh = endpoint(() => tokenSet('a later grant'));
      const { tokens } = await accounts.process(refresh, { now: () => new Date(now) });
      const id = await accounts.connect();
      await expect(tokens.use(id, call)).rejects.toMatchObject({ code: 'provider_error' });
      expect(refresh).toHaveBeenCalledTimes(1);
      // Other calls go on with the new token. Refused ones lead to no refresh for a minute.
      expect(await tokens.use(id, asIs)).toBe('access of a later grant');
      await expect(tokens.use(id, call)).rejects.toMatchObject({ code: 'provider_error' });
      expect(refresh).toHaveBeenCalledTimes(1);
      now += MINUTE;
      await expect(tokens.use(id, call)).rejects.toMatchObject({ code: 'provider_error' });
      expect(refresh).toHaveBeenCalledTimes(2);
      // The list of calendars is requested once in a run: its refusal is looked into every time.
      for (const refreshes of [3, 4]) {
        await expect(tokens.use(id, call, 'list')).rejects.toMatchObject({
          code: 'provider_error',
        });
        expect(refresh).toHaveBeenCalledTimes(refreshes);
      }
      expect(await accounts.row(id)).toMatchObject({ status: 'connected', status_reason: null });
    },
  );

  test('a refusal for scopes is missing_scopes only where the new token lacks a scope of the grant', async () => {
    const asked: unknown[] = [];
    const { tokens } = await accounts.process(
      endpoint(() => tokenSet('the second grant', { scope: 'email' })),
      {
        lacking: (_provider, scope, wanted) => {
          asked.push([scope, wanted]);
          return wanted;
        },
      },
    );
    const id = await accounts.connect();
    await expect(tokens.use(id, outOfScope)).rejects.toMatchObject({
      code: 'reauthorization_required',
      statusReason: 'missing_scopes',
    });
    expect(asked).toEqual([['email', ['calendar']]]);
    expect(await accounts.row(id)).toMatchObject({
      status: 'reauthorization_required',
      status_reason: 'missing_scopes',
    });
  });

  test('a new token without a scope of the grant changes nothing while calls succeed', async () => {
    const { tokens } = await accounts.process(
      endpoint(() => tokenSet('the second grant', { scope: 'email' })),
      { lacking: (_provider, _scope, wanted) => wanted },
    );
    const id = await accounts.connectExpired();
    expect(await tokens.use(id, asIs)).toBe('access of the second grant');
    expect((await accounts.row(id))['status']).toBe('connected');
  });

  test('a call that fails for another reason refreshes no token', async () => {
    const refresh = endpoint(() => tokenSet('the second grant'));
    const { tokens } = await accounts.process(refresh);
    const id = await accounts.connect();
    const call = () => Promise.reject(new ProviderError('throttled'));
    await expect(tokens.use(id, call)).rejects.toMatchObject({ code: 'throttled' });
    expect(refresh).not.toHaveBeenCalled();
  });
});

describe('storing a refresh', () => {
  test('a refresh stores the access token, the rotated refresh token and a new version', async () => {
    const { tokens } = await accounts.process(endpoint(() => tokenSet('the second grant')));
    const id = await accounts.connectExpired();
    await tokens.use(id, asIs);
    expect(await accounts.stored(id)).toEqual({
      access: 'access of the second grant',
      refresh: 'refresh of the second grant',
      version: 2,
    });
  });

  test('a refresh keeps the old refresh token when the response has none', async () => {
    const { tokens } = await accounts.process(
      endpoint(() => tokenSet('the second grant', { refreshToken: null })),
    );
    const id = await accounts.connectExpired();
    await tokens.use(id, asIs);
    expect(await accounts.stored(id)).toMatchObject({
      access: 'access of the second grant',
      refresh: 'refresh of the first grant',
    });
  });

  test('a refreshed token is stored before it is used', async () => {
    const { tokens } = await accounts.process(endpoint(() => tokenSet('the second grant')));
    const id = await accounts.connectExpired();
    await tokens.use(id, async () => {
      expect((await accounts.stored(id)).refresh).toBe('refresh of the second grant');
    });
  });

  test('storing is retried when the database connection is lost after the provider’s response', async () => {
    const process = await accounts.process(
      endpoint(async () => {
        await accounts.sql.query(
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`,
        );
        return tokenSet('the second grant');
      }),
    );
    const id = await accounts.connectExpired();
    expect(await process.tokens.use(id, asIs)).toBe('access of the second grant');
    expect(await accounts.stored(id)).toMatchObject({
      refresh: 'refresh of the second grant',
      version: 2,
    });
  });
});

describe('concurrent use', () => {
  test('fifty calls in each of two processes with one expired token cause one token request', async () => {
    const refresh = endpoint(async () => {
      await sleep(200);
      return tokenSet('the second grant');
    });
    const processes = [await accounts.process(refresh), await accounts.process(refresh)];
    const id = await accounts.connectExpired();
    const uses = processes.flatMap(({ tokens }) =>
      Array.from({ length: 50 }, () => tokens.use(id, asIs)),
    );
    expect(new Set(await Promise.all(uses))).toEqual(new Set(['access of the second grant']));
    expect(refresh).toHaveBeenCalledTimes(1);
    expect((await accounts.stored(id)).version).toBe(2);
  });

  test('fifty calls with one rejected token cause one token request', async () => {
    const refresh = endpoint(() => tokenSet('the second grant'));
    const processes = [await accounts.process(refresh), await accounts.process(refresh)];
    const id = await accounts.connect();
    const call = (accessToken: string) =>
      accessToken.includes('first') ? rejected() : asIs(accessToken);
    const uses = processes.flatMap(({ tokens }) =>
      Array.from({ length: 20 }, () => tokens.use(id, call)),
    );
    expect(new Set(await Promise.all(uses))).toEqual(new Set(['access of the second grant']));
    expect(refresh).toHaveBeenCalledTimes(1);
    expect((await accounts.row(id))['status']).toBe('connected');
  });

  test('tokens that live less than five minutes serve all callers, with one token request at a time', async () => {
    let [underWay, most] = [0, 0];
    const refresh = endpoint(async () => {
      underWay += 1;
      most = Math.max(most, underWay);
      await sleep(20);
      underWay -= 1;
      return tokenSet('the second grant', { expiresAt: new Date(Date.now() + MINUTE) });
    });
    const processes = [await accounts.process(refresh), await accounts.process(refresh)];
    const id = await accounts.connectExpired();
    const uses = processes.flatMap(({ tokens }) =>
      Array.from({ length: 20 }, () => tokens.use(id, asIs)),
    );
    expect(new Set(await Promise.all(uses))).toEqual(new Set(['access of the second grant']));
    expect(most).toBe(1);
  });
});

describe('a failed refresh', () => {
  test.each<[string, StatusReason]>([
    ['revoked', 'revoked'],
    ['expired', 'expired'],
  ])(
    'a dead grant (%s) asks the user to reconnect, says why, and is not tried again',
    async (_name, statusReason) => {
      const refresh = endpoint(() => {
        throw new ProviderError('reauthorization_required', {
          reason: 'invalid_grant',
          statusReason,
        });
      });
      const { tokens } = await accounts.process(refresh);
      const id = await accounts.connectExpired();
      await accounts.sql.query(
        'UPDATE account_syncs SET next_sync_at = now() WHERE account_id = $1',
        [id],
      );
      await expect(tokens.use(id, asIs)).rejects.toMatchObject({
        code: 'reauthorization_required',
      });
      await expect(tokens.use(id, asIs)).rejects.toMatchObject({
        code: 'reauthorization_required',
      });
      expect(refresh).toHaveBeenCalledTimes(1);
      expect(await accounts.row(id)).toMatchObject({
        status: 'reauthorization_required',
        status_reason: statusReason,
        paused_for: 'reauthorization_required',
        next_sync_at: null,
      });
    },
  );

  test('a refresh that needs an administrator’s approval gives that reason', async () => {
    const { tokens } = await accounts.process(
      endpoint(() => {
        throw new ProviderError('admin_consent_required');
      }),
    );
    const id = await accounts.connectExpired();
    await expect(tokens.use(id, asIs)).rejects.toMatchObject({ code: 'admin_consent_required' });
    expect(await accounts.row(id)).toMatchObject({
      status: 'reauthorization_required',
      status_reason: 'admin_consent_required',
    });
  });

  test.each(['provider_misconfigured', 'provider_unavailable', 'provider_error'] as const)(
    '%s leaves the account unchanged, and the next use tries again',
    async (code) => {
      let down = true;
      const refresh = endpoint(() => {
        if (down) throw new ProviderError(code);
        return tokenSet('the second grant');
      });
      const { tokens } = await accounts.process(refresh);
      const id = await accounts.connectExpired();
      const before = await accounts.row(id);
      await expect(tokens.use(id, asIs)).rejects.toMatchObject({ code });
      expect(await accounts.row(id)).toEqual(before);
      down = false;
      expect(await tokens.use(id, asIs)).toBe('access of the second grant');
    },
  );
});

describe('a client id that was changed', () => {
  const refuses = (circumstances: object = {}) =>
    endpoint(() => {
      throw new ProviderError('provider_misconfigured', { reason: 'refused', ...circumstances });
    });
  const otherClient = { proves: 'other_client' };

  test('a grant is kept with the client id that it was given to', async () => {
    const id = await accounts.connect({ clientId: 'first' });
    expect((await accounts.row(id))['client_id']).toBe('first');
  });

  test('a grant of an older version learns its client id at the next refresh', async () => {
    const { tokens } = await accounts.process(endpoint(() => tokenSet('the second grant')));
    const id = await accounts.connectExpired();
    await accounts.sql.query('UPDATE connected_accounts SET client_id = NULL');
    await tokens.use(id, asIs);
    expect((await accounts.row(id))['client_id']).toBe('the client');
  });

  test('a reconnect without a refresh token keeps the client id of the stored one', async () => {
    const id = await accounts.connect({ userId: 'ana', clientId: 'first' });
    await accounts.connect({
      userId: 'ana',
      clientId: 'second',
      tokens: tokenSet('the reconnect', { refreshToken: null }),
    });
    expect((await accounts.row(id))['client_id']).toBe('first');
    await accounts.connect({ userId: 'ana', clientId: 'second', tokens: tokenSet('again') });
    expect((await accounts.row(id))['client_id']).toBe('second');
  });

  test('a grant that today’s client is refused needs its user', async () => {
    const { tokens } = await accounts.process(refuses(otherClient), { clientId: 'second' });
    const id = await accounts.connectExpired({ clientId: 'first' });
    await expect(tokens.use(id, asIs)).rejects.toMatchObject({ code: 'reauthorization_required' });
    expect(await accounts.row(id)).toMatchObject({
      status: 'reauthorization_required',
      status_reason: 'revoked',
      paused_for: 'reauthorization_required',
    });
  });

  test.each([
    ['of today’s client', 'second'],
    ['of an unknown client', null],
  ])('a refused grant %s is an operator’s error', async (_name, clientId) => {
    const { tokens } = await accounts.process(refuses(otherClient), { clientId: 'second' });
    const id = await accounts.connectExpired({ clientId: 'second' });
    await accounts.sql.query('UPDATE connected_accounts SET client_id = $1', [clientId]);
    await expect(tokens.use(id, asIs)).rejects.toMatchObject({ code: 'provider_misconfigured' });
    expect((await accounts.row(id))['status']).toBe('connected');
  });

  test('a client that works for no grant may be mistyped, so its refusals mark no account', async () => {
    let now = Date.now();
    const options = { clientId: 'second', now: () => new Date(now) };
    const { tokens } = await accounts.process(refuses(), options);
    const id = await accounts.connectExpired({ clientId: 'first' });
    await expect(tokens.use(id, asIs)).rejects.toMatchObject({ code: 'provider_misconfigured' });
    expect((await accounts.row(id))['status']).toBe('connected');
    // Somebody connects with today's client: it is right, so the grant is another client's.
    await accounts.connect({ clientId: 'second' });
    now += MINUTE;
    await expect(tokens.use(id, asIs)).rejects.toMatchObject({ code: 'reauthorization_required' });
    expect((await accounts.row(id))['status']).toBe('reauthorization_required');
  });

  test('a token that is still live is used: no refresh, no refusal', async () => {
    const { tokens } = await accounts.process(refuses(otherClient), { clientId: 'second' });
    const id = await accounts.connect({ clientId: 'first' });
    expect(await tokens.use(id, asIs)).toBe('access of the first grant');
  });
});

describe('while the provider is slow to refresh', () => {
  test('a reconnect does not wait, and the late refresh does not overwrite it', async () => {
    const answer = deferred<TokenSet>();
    const { tokens } = await accounts.process(endpoint(() => answer.promise));
    const id = await accounts.connectExpired({ userId: 'ana' });
    const use = tokens.use(id, asIs);
    await sleep(100);
    const started = Date.now();
    expect(await accounts.connect({ userId: 'ana', tokens: tokenSet('the reconnect') })).toBe(id);
    expect(Date.now() - started).toBeLessThan(1_000);
    answer.resolve(tokenSet('the slow refresh'));
    expect(await use).toBe('access of the reconnect');
    expect(await accounts.stored(id)).toEqual({
      access: 'access of the reconnect',
      refresh: 'refresh of the reconnect',
      version: 2,
    });
  });

  test('a reconnect is not undone when the old grant is refused', async () => {
    const answer = deferred<TokenSet>();
    const { tokens } = await accounts.process(endpoint(() => answer.promise));
    const id = await accounts.connectExpired({ userId: 'ana' });
    const use = tokens.use(id, asIs);
    await sleep(100);
    await accounts.connect({ userId: 'ana', tokens: tokenSet('the reconnect') });
    answer.reject(new ProviderError('reauthorization_required', { statusReason: 'revoked' }));
    expect(await use).toBe('access of the reconnect');
    expect(await accounts.row(id)).toMatchObject({ status: 'connected', status_reason: null });
  });

  test('the account can be disconnected at once, and no row of it returns', async () => {
    const answer = deferred<TokenSet>();
    const { tokens, dataSource } = await accounts.process(endpoint(() => answer.promise));
    const id = await accounts.connectExpired();
    const use = tokens.use(id, asIs);
    use.catch(() => {});
    await sleep(100);
    const started = Date.now();
    const disconnecting = new Disconnecting({
      dataSource,
      attempts: accounts.here.attempts,
      cipher: accounts.cipher,
      revoking: new Revoking(dataSource, () => ({ cannot: 'disabled' })),
      dependents: { stopPush: async () => {}, deleteEvents: async () => {} },
      listeners: SYNC_LISTENERS,
      logger: { warn: () => {} },
    });
    await disconnecting.disconnect(id, null, BY_SYSTEM);
    expect(Date.now() - started).toBeLessThan(1_000);
    answer.resolve(tokenSet('the slow refresh'));
    await expect(use).rejects.toMatchObject({ code: 'account_not_found' });
    expect(await accounts.row(id)).toBeUndefined();
  });

  test('listings and other accounts stay quick', async () => {
    const answer = deferred<TokenSet>();
    const process = await accounts.process(
      endpoint((token) => (token.includes('other') ? tokenSet('the other, anew') : answer.promise)),
      { poolSize: 2 },
    );
    const slow = await accounts.connectExpired();
    const other = await accounts.connect({
      tokens: tokenSet('the other', { expiresAt: new Date(0) }),
    });
    const uses = Array.from({ length: 30 }, () => process.tokens.use(slow, asIs));
    await sleep(100);
    const filter = { userId: null, provider: null, status: null, limit: 10, cursor: null };
    const started = Date.now();
    const overview = createAccountOverview(process.dataSource, true);
    const lists = Array.from({ length: 30 }, () => overview.list(filter));
    for (const { rows: found } of await Promise.all(lists)) expect(found).toHaveLength(2);
    expect(await process.tokens.use(other, asIs)).toBe('access of the other, anew');
    expect(Date.now() - started).toBeLessThan(1_500);
    answer.resolve(tokenSet('the second grant'));
    expect(new Set(await Promise.all(uses))).toEqual(new Set(['access of the second grant']));
  });
});

describe('tokens that cannot be decrypted', () => {
  test.each(['access_token', 'refresh_token'] as const)(
    'a damaged %s makes the account reauthorization_required',
    async (column) => {
      const refresh = endpoint(() => tokenSet('the second grant'));
      const { tokens } = await accounts.process(refresh);
      const id =
        column === 'access_token' ? await accounts.connect() : await accounts.connectExpired();
      await accounts.sql.query(
        `UPDATE connected_accounts SET ${column} = left(${column}, -6) || 'AAAAAA' WHERE id = $1`,
        [id],
      );
      await expect(tokens.use(id, asIs)).rejects.toMatchObject({
        code: 'token_unreadable',
        status: 409,
      });
      expect((await accounts.row(id))['status']).toBe('reauthorization_required');
      expect(refresh).not.toHaveBeenCalled();
    },
  );

  test('tokens copied from another account cannot be decrypted', async () => {
    const { tokens } = await accounts.process(endpoint(() => tokenSet('the second grant')));
    const [victim, thief] = [await accounts.connect(), await accounts.connect()];
    await accounts.sql.query(
      `UPDATE connected_accounts SET (access_token, refresh_token) =
         (SELECT access_token, refresh_token FROM connected_accounts WHERE id = $1) WHERE id = $2`,
      [victim, thief],
    );
    await expect(tokens.use(thief, asIs)).rejects.toMatchObject({ code: 'token_unreadable' });
    expect((await accounts.row(thief))['status']).toBe('reauthorization_required');
    expect(await tokens.use(victim, asIs)).toBe('access of the first grant');
  });

  test('a key that is not configured is an operator’s error, and the account stays unchanged', async () => {
    const { tokens } = await accounts.process(endpoint(() => tokenSet('the second grant')));
    const id = await accounts.connect();
    await accounts.sql.query(
      `UPDATE connected_accounts SET access_token = replace(access_token, 'v1.first.', 'v1.lost.')`,
    );
    await expect(tokens.use(id, asIs)).rejects.toMatchObject({
      code: 'token_key_missing',
      status: 503,
    });
    expect((await accounts.row(id))['status']).toBe('connected');
  });
});
