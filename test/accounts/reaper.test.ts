// Attempts of a process that was killed while connecting: finished or dropped within five minutes.

import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { environmentFor } from '../../sandbox/environment.js';
import { type Sandbox, startSandbox } from '../../sandbox/index.js';
import type { OpenAttempt } from '../../src/accounts/consent-attempt-store.js';
import { TokenCipher } from '../../src/accounts/token-cipher.js';
import { BY_SYSTEM } from '../../src/audit/audit-words.js';
import { Completion } from '../../src/oauth/completion.js';
import { Reaper } from '../../src/oauth/reaper.js';
import { PROVIDERS } from '../../src/providers/catalogue.js';
import { createHttpClient } from '../../src/providers/http-client.js';
import type { Provider } from '../../src/providers/provider.js';
import { newKey, type TokenProcess, useAccounts } from './account-fixture.js';

const CALENDAR = 'https://www.googleapis.com/auth/calendar';
const accounts = useAccounts();
const http = createHttpClient({ timeoutMs: 1_000, maxBodyBytes: 1_000_000 });
let sandbox: Sandbox;
let google: Provider;
let microsoft: Provider;

beforeAll(async () => {
  sandbox = await startSandbox({ contents: 'empty' });
  google = atSandbox('google');
  microsoft = atSandbox('microsoft');
});

function atSandbox(id: 'google' | 'microsoft'): Provider {
  const values = Object.fromEntries(
    Object.entries(environmentFor(sandbox, id)).map(([name, value]) => [
      name.replace(`${id.toUpperCase()}_`, ''),
      value,
    ]),
  );
  const definition = PROVIDERS.get(id)!;
  const { clientId, clientSecret } = sandbox[id];
  const settings = {
    clientId,
    clientSecret,
    callbackUrl: 'http://localhost:3000/callback',
    calendarScope: definition.calendarScope,
    readScope: definition.readScope,
    values,
  };
  return definition.create(settings, http);
}

afterEach(async () => {
  sandbox.control.clearFaults();
  await accounts.sql.query('TRUNCATE authorization_attempts');
});
afterAll(async () => {
  await http.close();
  await sandbox?.close();
});

function reaperOf(
  process: TokenProcess = accounts.here,
  isUserActive: (userId: string) => Promise<boolean> = async () => true,
) {
  const finished: { userId: string; accountId: string }[] = [];
  const revoked: string[] = [];
  const completion = new Completion(
    process.attempts,
    process.accounts,
    accounts.cipher,
    { onSaved: () => {}, partFor: async () => null, inTransaction: async () => {} },
    isUserActive,
    { end: async () => {} },
  );
  const reaper = new Reaper(
    process.attempts,
    completion,
    (id) => [google, microsoft].find((provider) => provider.id === id),
    {
      onFinished: (one) => finished.push(one),
      onFailed: async () => {},
      onRefused: async (_attempt, _code, { profile }) =>
        void revoked.push(profile.providerAccountId),
    },
    10_000,
  );
  return { reaper, finished, revoked };
}

/** Runs a callback up to the moment when its process is killed. */
async function abandoned({
  provider = 'google' as 'google' | 'microsoft',
  exchanged = true,
  ageSeconds = 61,
  scopes = [CALENDAR, 'openid', 'email'],
} = {}): Promise<OpenAttempt> {
  const attempt = await accounts.here.attempts.start(randomUUID(), {
    userId: 'ana',
    provider,
    reconnectAccountId: null,
    linkId: null,
    access: 'write',
  });
  if (exchanged) {
    const { accessToken, refreshToken, expiresAt } = sandbox.control.issueTokens({
      provider,
      user: provider === 'google' ? 'ana@example.com' : 'ana@northwind.example',
      scopes,
    });
    const granted = scopes.join(' ');
    await accounts.here.attempts.keepTokens(attempt, {
      accessToken,
      refreshToken,
      expiresAt: new Date(expiresAt),
      scope: granted,
    });
  }
  await grow(attempt, ageSeconds);
  return attempt;
}

const grow = ({ id }: OpenAttempt, seconds: number) =>
  accounts.sql.query(
    `UPDATE authorization_attempts SET updated_at = updated_at - make_interval(secs => $2),
                                       created_at = created_at - make_interval(secs => $2) WHERE id = $1`,
    [id, seconds],
  );

async function attemptRow({ id }: OpenAttempt): Promise<Record<string, unknown>> {
  const [row] = await accounts.sql.query('SELECT * FROM authorization_attempts WHERE id = $1', [
    id,
  ]);
  return row;
}

const withoutTokens = { access_token: null, refresh_token: null };

test('an attempt that has its tokens is finished', async () => {
  const attempt = await abandoned();
  const { reaper, finished } = reaperOf();
  await reaper.run();
  const row = await attemptRow(attempt);
  expect(row).toMatchObject({ status: 'done', ...withoutTokens });
  expect(finished).toEqual([{ userId: 'ana', provider: 'google', accountId: row['account_id'] }]);
  expect(await accounts.row(row['account_id'] as string)).toMatchObject({
    user_id: 'ana',
    email: 'ana@example.com',
  });
});

test('an attempt without tokens is marked failed', async () => {
  const attempt = await abandoned({ exchanged: false });
  await reaperOf().reaper.run();
  expect(await attemptRow(attempt)).toMatchObject({
    status: 'failed',
    error_code: 'server_error',
    ...withoutTokens,
  });
});

test('an attempt that may still be running is left unchanged', async () => {
  const attempt = await abandoned({ ageSeconds: 30 });
  await reaperOf().reaper.run();
  expect((await attemptRow(attempt))['status']).toBe('exchanged');
});

test('tokens on an attempt are encrypted, and none is left when the attempt has ended', async () => {
  const attempt = await abandoned();
  const { access_token, refresh_token } = await attemptRow(attempt);
  for (const envelope of [access_token, refresh_token])
    expect(envelope).toMatch(/^v1\.first\.[A-Za-z0-9_-]+$/);
  const dead = await abandoned();
  await accounts.here.attempts.fail(dead.id, 'provider_error');
  expect(await attemptRow(dead)).toMatchObject({ status: 'failed', ...withoutTokens });
  await reaperOf().reaper.run();
  const kept = await accounts.sql.query(
    `SELECT id FROM authorization_attempts
      WHERE status IN ('done', 'failed') AND (access_token IS NOT NULL OR refresh_token IS NOT NULL)`,
  );
  expect(kept).toEqual([]);
});

test('an attempt is retried while the provider is down, and ends within five minutes of the callback', async () => {
  sandbox.control.addFault({ route: 'google.userinfo', status: 503, times: 'always' });
  const attempt = await abandoned({ ageSeconds: 119 });
  const { reaper } = reaperOf();
  await reaper.run();
  expect((await attemptRow(attempt))['status']).toBe('exchanged');
  await grow(attempt, 119);
  await reaper.run();
  expect(await attemptRow(attempt)).toMatchObject({ status: 'failed', ...withoutTokens });
});

test('an attempt is finished when the provider recovers in time', async () => {
  sandbox.control.addFault({ route: 'google.userinfo', hang: true, times: 1 });
  const attempt = await abandoned();
  const { reaper } = reaperOf();
  await reaper.run();
  expect((await attemptRow(attempt))['status']).toBe('exchanged');
  await grow(attempt, 61);
  await reaper.run();
  expect((await attemptRow(attempt))['status']).toBe('done');
});

test('a grant that can never become an account is dropped at once and revoked', async () => {
  const attempt = await abandoned({ scopes: ['openid', 'email'] });
  const { reaper, revoked } = reaperOf();
  await reaper.run();
  expect(await attemptRow(attempt)).toMatchObject({
    status: 'failed',
    error_code: 'missing_scopes',
    ...withoutTokens,
  });
  expect(revoked).toEqual(['108204268033311374519']);
});

test('an attempt of a user who is no longer active becomes no account, and its grant is revoked', async () => {
  const attempt = await abandoned();
  const { reaper, finished, revoked } = reaperOf(accounts.here, async (userId) => userId !== 'ana');
  await reaper.run();
  expect(await attemptRow(attempt)).toMatchObject({
    status: 'failed',
    error_code: 'unauthenticated',
    ...withoutTokens,
  });
  expect(finished).toEqual([]);
  expect(revoked).toEqual(['108204268033311374519']);
  expect(await accounts.sql.query('SELECT id FROM connected_accounts')).toEqual([]);
});

test('an attempt waits while the host cannot say whether its user is active', async () => {
  const attempt = await abandoned();
  const failing = reaperOf(accounts.here, () => Promise.reject(new Error('the host is down')));
  await failing.reaper.run();
  expect((await attemptRow(attempt))['status']).toBe('exchanged');
  expect(failing.revoked).toEqual([]);
  await grow(attempt, 61);
  await reaperOf().reaper.run();
  expect((await attemptRow(attempt))['status']).toBe('done');
});

test('attempts at a provider that does not respond, however many and old, do not delay those at another', async () => {
  sandbox.control.addFault({ route: 'google.userinfo', hang: true, times: 'always' });
  for (let count = 0; count < 25; count += 1) await abandoned({ ageSeconds: 70 });
  const graph = 'https://graph.microsoft.com';
  const scopes = [`${graph}/Calendars.ReadWrite`, `${graph}/User.Read`, 'openid', 'email'];
  const young = await abandoned({ provider: 'microsoft', scopes });
  const { reaper, finished } = reaperOf();
  sandbox.control.clearRequests();
  const asked = () => sandbox.control.requests({ route: 'google.userinfo' }).length;
  let isOver = false;
  const run = reaper.run().finally(() => {
    isOver = true;
  });
  while (finished.length === 0 && !isOver) await new Promise((again) => setTimeout(again, 10));
  const askedBefore = asked();
  await run;
  expect((await attemptRow(young))['status']).toBe('done');
  expect(askedBefore).toBeLessThan(asked());
  expect(finished).toHaveLength(1);
});

test('an attempt whose tokens cannot be decrypted is dropped and does not delay others', async () => {
  const [damaged, keyless, sound] = [await abandoned(), await abandoned(), await abandoned()];
  await accounts.sql.query(
    `UPDATE authorization_attempts SET refresh_token = 'v1.first.AAAA' WHERE id = $1`,
    [damaged!.id],
  );
  const lost = new TokenCipher([newKey('lost')]).seal('x', {
    table: '',
    rowId: '',
    column: '',
    userId: '',
  });
  await accounts.sql.query(`UPDATE authorization_attempts SET access_token = $2 WHERE id = $1`, [
    keyless!.id,
    lost,
  ]);
  await reaperOf().reaper.run();
  for (const one of [damaged!, keyless!])
    expect(await attemptRow(one)).toMatchObject({ status: 'failed', ...withoutTokens });
  expect((await attemptRow(sound!))['status']).toBe('done');
});

test('each attempt is finished by one of two simultaneous reapers', async () => {
  const attempts = await Promise.all(Array.from({ length: 8 }, () => abandoned()));
  const others = await accounts.process(() => Promise.reject(new Error('no refresh')));
  const [here, there] = [reaperOf(), reaperOf(others)];
  await Promise.all([here.reaper.run(), there.reaper.run()]);
  for (const attempt of attempts) expect((await attemptRow(attempt))['status']).toBe('done');
  expect(here.finished.length + there.finished.length).toBe(8);
  const rows = await accounts.sql.query('SELECT id FROM connected_accounts');
  expect(rows).toHaveLength(1);
});

test('a slow callback and the reaper make one account, and the second of them is refused', async () => {
  const attempt = await abandoned();
  await reaperOf().reaper.run();
  const tokens = { accessToken: 'a', refreshToken: 'r', expiresAt: new Date(), scope: CALENDAR };
  const late = accounts.here.accounts.connect(
    {
      attemptId: attempt.id,
      accountId: attempt.accountId,
      userId: 'ana',
      provider: 'google',
      profile: { providerAccountId: 'another', email: null, displayName: null },
      tokens,
      scopes: [],
      access: 'write',
      clientId: 'the client',
      reconnectAccountId: null,
      linkId: null,
      by: BY_SYSTEM,
    },
    { onSaved: () => {}, partFor: async () => null, inTransaction: async () => {} },
  );
  await expect(late).rejects.toMatchObject({ code: 'invalid_state' });
  expect(await accounts.sql.query('SELECT id FROM connected_accounts')).toHaveLength(1);
});
