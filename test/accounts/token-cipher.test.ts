// Stored tokens: bound to their key and place, and rotated while the service runs.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { resealTokens } from '../../src/accounts/reseal.js';
import { sealerOf } from '../../src/accounts/sealer.js';
import { placeOfToken, type SealedPlace, TokenCipher } from '../../src/accounts/token-cipher.js';
import { nameOfServiceKey } from '../../src/http/service-keys.js';
import { SECRETS_TABLE } from '../../src/notifications/endpoint-secrets.js';
import { EndpointStore } from '../../src/notifications/endpoint-store.js';
import { Problems } from '../../src/settings/problems.js';
import { readSettings } from '../../src/settings/read-values.js';
import { SETTINGS } from '../../src/settings.js';
import { newKey, tokenSet, useAccounts } from './account-fixture.js';

const run = promisify(execFile);
const accounts = useAccounts();
const [older, newer] = [newKey('older'), newKey('newer')];
const place: SealedPlace = placeOfToken(
  '0b7d3c1e-0000-4000-8000-000000000001',
  'refresh_token',
  'ana',
);
const cipher = new TokenCipher([newer, older]);
const unreadable = expect.objectContaining({ code: 'token_unreadable', status: 409 });

function failureOf(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

describe('an encrypted token', () => {
  test('an encrypted token opens in the place it was sealed for, with any content', () => {
    for (const token of ['1//0g-token', '', 'ünïcødé ✓', 'x'.repeat(16_384)])
      expect(cipher.open(cipher.seal(token, place), place)).toBe(token);
  });

  test('an encrypted token shows its version and key, and nothing of the token', () => {
    const envelope = cipher.seal('a secret token', place);
    expect(envelope).toMatch(/^v1\.newer\.[A-Za-z0-9_-]+$/);
    expect(Buffer.from(envelope.split('.')[2]!, 'base64url').toString('latin1')).not.toContain(
      'secret',
    );
  });

  test('two encryptions of one token differ', () => {
    const envelopes = Array.from({ length: 2_000 }, () => cipher.seal('the same', place));
    expect(new Set(envelopes.map((envelope) => envelope.split('.')[2]!.slice(0, 16))).size).toBe(
      2_000,
    );
  });

  test.each<[string, Partial<SealedPlace>]>([
    ['another row', { rowId: '0b7d3c1e-0000-4000-8000-000000000002' }],
    ['another column', { column: 'access_token' }],
    ['another user', { userId: 'bo' }],
    ['another table', { table: 'authorization_attempts' }],
    ['a place that spells the same when run together', { column: 'refresh_tokena', userId: 'na' }],
  ])('does not open in %s', (_name, other) => {
    const envelope = cipher.seal('a token', place);
    expect(failureOf(() => cipher.open(envelope, { ...place, ...other }))).toEqual(unreadable);
  });

  test('an encrypted token with any one bit flipped does not open', () => {
    const [version, id, body = ''] = cipher.seal('a token', place).split('.');
    const bytes = Buffer.from(body, 'base64url');
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const flipped = Buffer.from(bytes);
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      const envelope = `${version}.${id}.${flipped.toString('base64url')}`;
      expect(failureOf(() => cipher.open(envelope, place))).toEqual(unreadable);
    }
  });

  test('an encrypted token that is cut, lengthened, empty or of unknown form does not open', () => {
    const envelope = cipher.seal('a token', place);
    const [, id, body = ''] = envelope.split('.');
    for (let length = 0; length < body.length; length += 1)
      expect(failureOf(() => cipher.open(`v1.${id}.${body.slice(0, length)}`, place))).toEqual(
        unreadable,
      );
    for (const odd of [
      '',
      'v1',
      `v2.${id}.${body}`,
      `${envelope}AAAA`,
      `${envelope}.more`,
      body,
      'a plain token',
    ])
      expect(failureOf(() => cipher.open(odd, place))).toEqual(unreadable);
  });

  test('an encrypted token does not open under another key of the same name', () => {
    const envelope = cipher.seal('a token', place);
    expect(failureOf(() => new TokenCipher([newKey('newer')]).open(envelope, place))).toEqual(
      unreadable,
    );
  });

  test('an encrypted token under a key that is not configured is an operator’s error', () => {
    const envelope = new TokenCipher([newKey('retired')]).seal('a token', place);
    const failure = failureOf(() => cipher.open(envelope, place));
    expect(failure).toMatchObject({
      code: 'token_key_missing',
      status: 503,
      reason: 'key "retired"',
    });
  });

  test('an encrypted token that names another configured key does not open', () => {
    const envelope = cipher.seal('a token', place);
    expect(failureOf(() => cipher.open(envelope.replace('.newer.', '.older.'), place))).toEqual(
      unreadable,
    );
  });
});

describe('keys', () => {
  test('older keys open, and the newest key seals', () => {
    const before = new TokenCipher([older]).seal('a token', place);
    expect(cipher.open(before, place)).toBe('a token');
    expect(cipher.isStale(before)).toBe(true);
    const after = cipher.seal('a token', place);
    expect(after).toMatch(/^v1\.newer\./);
    expect(cipher.isStale(after)).toBe(false);
  });

  test('a cipher without keys is refused, so that tokens are never stored in clear', () => {
    expect(() => new TokenCipher([])).toThrow();
  });
});

describe('rotation', () => {
  const rotated = () => new TokenCipher([newer, accounts.key]);
  const envelopes = async (): Promise<string[]> =>
    (
      await accounts.sql.query('SELECT access_token, refresh_token FROM connected_accounts')
    ).flatMap((row: Record<string, string>) => Object.values(row));

  beforeEach(async () => {
    for (let account = 0; account < 3; account += 1)
      await accounts.connect({ tokens: tokenSet(`grant ${account}`) });
  });

  test('rotation seals every stored token with the newest key, and a second rotation changes nothing', async () => {
    expect((await envelopes()).every((envelope) => envelope.startsWith('v1.first.'))).toBe(true);
    expect(await resealTokens(accounts.sql, rotated())).toEqual({ resealed: 3, unreadable: [] });
    expect((await envelopes()).every((envelope) => envelope.startsWith('v1.newer.'))).toBe(true);
    const alone = new TokenCipher([newer]);
    for (const row of await accounts.sql.query(
      'SELECT id, user_id, refresh_token FROM connected_accounts',
    ))
      expect(
        alone.open(row.refresh_token, placeOfToken(row.id, 'refresh_token', row.user_id)),
      ).toMatch(/^refresh of grant/);
    expect(await resealTokens(accounts.sql, rotated())).toEqual({ resealed: 0, unreadable: [] });
  });

  test('rotation reports tokens that do not open, leaves them, and continues', async () => {
    const [{ id }] = await accounts.sql.query('SELECT id FROM connected_accounts LIMIT 1');
    await accounts.sql.query(
      `UPDATE connected_accounts SET access_token = 'v1.lost.AAAA' WHERE id = $1`,
      [id],
    );
    expect(await resealTokens(accounts.sql, rotated())).toEqual({ resealed: 2, unreadable: [id] });
    expect((await accounts.row(id))['access_token']).toBe('v1.lost.AAAA');
  });

  test('rotation handles more accounts than one batch', async () => {
    await accounts.sql.query(
      `INSERT INTO connected_accounts (id, user_id, provider, provider_account_id, scopes, status, access_token, refresh_token,
                                       access_token_expires_at, connected_at, updated_at)
       SELECT gen_random_uuid(), n::text, 'google', n::text, '{}', 'connected', 'v1.lost.', 'v1.lost.', now(), now(), now()
         FROM generate_series(1, 450) n`,
    );
    const { resealed, unreadable } = await resealTokens(accounts.sql, rotated());
    expect([resealed, unreadable.length]).toEqual([3, 450]);
  });

  test('rotation does not lose a refresh that happens at the same time', async () => {
    const id = await accounts.connectExpired();
    const [before, cipher] = [accounts.cipher, rotated()];
    accounts.cipher = cipher; // every process has the new key before anything is sealed with it
    try {
      const process = await accounts.process(async () => tokenSet('the second grant'));
      await Promise.all([
        resealTokens(accounts.sql, cipher),
        process.tokens.use(id, async () => {}),
      ]);
      await resealTokens(accounts.sql, cipher);
      expect(await accounts.stored(id)).toMatchObject({
        refresh: 'refresh of the second grant',
        version: 2,
      });
    } finally {
      accounts.cipher = before;
    }
  });
});

const PROGRAM = ['--import', './scripts/typescript.mjs', 'src/keys.ts'];

describe('npm run keys', () => {
  const keys = (command: string, environment: NodeJS.ProcessEnv = {}) =>
    run(process.execPath, [...PROGRAM, ...command.split(' ')], {
      env: { PATH: process.env['PATH'], NODE_ENV: 'production', ...environment },
    });

  test('generate prints a key as TOKEN_ENCRYPTION_KEYS takes it, and nothing else on its output', async () => {
    const [first, second] = await Promise.all([keys('generate'), keys('generate')]);
    expect(first.stdout).toMatch(/^[A-Za-z0-9_-]{1,32}:[A-Za-z0-9+/]{43}=\n$/);
    expect(first.stdout).not.toBe(second.stdout);
  });

  test('rotate seals the stored tokens and says when old keys can be removed', async () => {
    await accounts.connect();
    const of = (key: typeof newer) => `${key.id}:${key.key.export().toString('base64')}`;
    const environment = {
      DATABASE_URL: accounts.url,
      TOKEN_ENCRYPTION_KEYS: `${of(newer)},${of(accounts.key)}`,
    };
    const { stdout } = await keys('rotate', environment);
    expect(stdout).toContain('1 accounts encrypted with the newest key');
    expect(stdout).toContain('Remove the old keys in ten minutes');
    const [row] = await accounts.sql.query('SELECT refresh_token FROM connected_accounts');
    expect(row.refresh_token).toMatch(/^v1\.newer\./);
  });

  test('rotate seals the secrets of webhook endpoints, and names those that no key opens', async () => {
    const of = (key: typeof newer) => `${key.id}:${key.key.export().toString('base64')}`;
    const sealerWith = (...all: (typeof newer)[]) => sealerOf(new TokenCipher(all), SECRETS_TABLE);
    const endpointsOf = (key: typeof newer) =>
      new EndpointStore(accounts.sql, sealerWith(key), true);
    const create = (key: typeof newer) =>
      endpointsOf(key).create({ url: 'https://host.example/webhooks' });
    const [kept, lost] = [await create(accounts.key), await create(older)];
    const { secret: next } = await endpointsOf(accounts.key).rotate(kept.endpoint.id);
    const environment = {
      DATABASE_URL: accounts.url,
      TOKEN_ENCRYPTION_KEYS: `${of(newer)},${of(accounts.key)}`,
    };
    const failure = await keys('rotate', environment).catch((error) => error);
    expect(failure.stdout).toContain('1 webhook endpoints encrypted with the newest key');
    expect(failure.stderr).toMatch(
      new RegExp(`1 webhook endpoints cannot be decrypted .*Keep .*${lost.endpoint.id}`),
    );
    const { secrets } = await endpointsOf(newer).target(kept.endpoint.id);
    expect(secrets).toEqual([next, kept.secret]);
    expect((await endpointsOf(older).target(lost.endpoint.id)).secrets).toEqual([lost.secret]);
    await accounts.sql.query('DELETE FROM webhook_endpoints');
  });

  test('rotate reports an old key as needed while tokens use it', async () => {
    await accounts.connect();
    const environment = {
      DATABASE_URL: accounts.url,
      TOKEN_ENCRYPTION_KEYS: `newer:${newer.key.export().toString('base64')}`,
    };
    const failure = await keys('rotate', environment).catch((error) => error);
    expect(failure.code).toBe(1);
    expect(failure.stderr).toMatch(/1 accounts cannot be decrypted .* Keep the old keys/);
    expect(failure.stdout).not.toContain('Remove the old keys');
  });

  test('service prints a key, and an entry with which the key is accepted', async () => {
    const { stdout, stderr } = await keys('service billing.v2');
    const [key = '', entry = '', ...rest] = stdout.split('\n');
    expect(rest).toEqual(['']);
    expect(key).toMatch(/^cck_[A-Za-z0-9_-]{43}$/);
    expect(stderr).toContain('SERVICE_KEYS');
    expect(stderr).not.toContain(key);
    const values = readSettings(
      { serviceKeys: SETTINGS.serviceKeys },
      { SERVICE_KEYS: entry },
      new Problems(),
      true,
    );
    expect(nameOfServiceKey(key, values.serviceKeys ?? [])).toBe('billing.v2');
  });

  test.each(['service', 'service two words', 'service a/b', `service ${'n'.repeat(65)}`])(
    '%s makes no key',
    async (command) => {
      const failure = await keys(command).catch((error) => error);
      expect([failure.code, failure.stdout]).toEqual([2, '']);
    },
  );

  test('any other argument prints the usage', async () => {
    const failure = await keys('unknown').catch((error) => error);
    expect(failure.code).toBe(2);
    expect(failure.stderr).toContain('npm run keys -- generate');
  });
});
