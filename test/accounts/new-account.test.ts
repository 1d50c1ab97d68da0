// Grants of new accounts are saved by one statement with what other rooms lend. Those that come at
// the same moment share it, and one bad row costs no other.

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import pg from 'pg';
import type { FirstSync } from '../../src/accounts/account-listeners.js';
import { AccountStore } from '../../src/accounts/account-store.js';
import { ConsentAttemptStore } from '../../src/accounts/consent-attempt-store.js';
import type { Grant } from '../../src/accounts/grant.js';
import type { GrantPart } from '../../src/accounts/new-account.js';
import { SYNC_LISTENERS } from '../../src/sync/pauses.js';
import { queueConnected } from '../../src/sync/queue-run.js';
import { AccountFixture } from './account-fixture.js';

const fixture = new AccountFixture();
let attempts: ConsentAttemptStore;
let accounts: AccountStore;

/** A part as another room would lend it: a row of its own table for each grant. */
const DIARY: GrantPart = {
  columns: { diary_word: 'text' },
  values: ({ profile }) => ({ diary_word: profile.displayName }),
  steps: {
    diary: `
      INSERT INTO diary (account_id, outcome, word)
      SELECT account.id, account.outcome, given.diary_word
        FROM account JOIN given ON given.account_id = account.id
      RETURNING account_id`,
  },
  matches: ['diary', 'account'],
};
const NEW_SYNC: GrantPart = {
  columns: {},
  values: () => ({}),
  steps: { sync: 'INSERT INTO account_syncs (account_id) SELECT id FROM account' },
};
const FIRST_SYNC: FirstSync = {
  onSaved: () => {},
  partFor: async () => NEW_SYNC,
  inTransaction: async (manager, accountId) =>
    void (await queueConnected(manager, accountId, new Date())),
};

beforeAll(async () => {
  await fixture.open();
  await fixture.sql.query('CREATE TABLE diary (account_id uuid, outcome text, word text)');
  const dataSource = await fixture.source(6);
  attempts = new ConsentAttemptStore(dataSource, fixture.cipher);
  const policy = { oneUserPerProviderAccount: false };
  const listeners = { ...SYNC_LISTENERS, onGranted: [DIARY] };
  accounts = new AccountStore(dataSource, fixture.cipher, attempts, policy, listeners);
});
beforeEach(() =>
  fixture.sql.query('TRUNCATE connected_accounts, authorization_attempts, diary CASCADE'),
);
afterAll(() => fixture.close());

/** A grant whose tokens are kept on its attempt, as before the profile is requested. */
async function grantOf(userId: string, providerAccountId = `of ${userId}`): Promise<Grant> {
  const request = {
    userId,
    provider: 'google',
    reconnectAccountId: null,
    linkId: null,
    access: 'write',
  } as const;
  const attempt = await attempts.start(randomUUID(), request);
  const expiresAt = new Date(Date.now() + 3_600_000);
  const tokens = { accessToken: `a ${userId}`, refreshToken: 'r', expiresAt, scope: null };
  await attempts.keepTokens(attempt, tokens);
  return {
    ...request,
    attemptId: attempt.id,
    accountId: attempt.accountId,
    profile: { providerAccountId, email: null, displayName: `Hello "${userId}"\\` },
    tokens,
    scopes: ['calendar', 'a, {b}'],
    clientId: 'the client',
    by: { actor: { kind: 'user', id: userId }, requestId: 'a request' },
  };
}

const USERS = Array.from({ length: 20 }, (_, number) => `user ${number}`);
const grants = () => Promise.all(USERS.map((user) => grantOf(user)));
const statuses = async () =>
  (await fixture.sql.query('SELECT DISTINCT status FROM authorization_attempts')).map(
    ({ status }: { status: string }) => status,
  );

test('grants of one moment share few statements, and each account has its own tokens', async () => {
  const ids = await Promise.all(
    (await grants()).map((grant) => accounts.connect(grant, FIRST_SYNC)),
  );
  const rows = await fixture.sql.query(
    `SELECT id, user_id, access_token, scopes, xmin::text FROM connected_accounts ORDER BY array_position($1, id)`,
    [ids],
  );
  expect(rows.map((row: { user_id: string }) => row.user_id)).toEqual(USERS);
  for (const { id, user_id: userId, access_token: sealed, scopes } of rows) {
    const place = { table: 'connected_accounts', rowId: id, column: 'access_token', userId };
    expect(fixture.cipher.open(sealed, place)).toBe(`a ${userId}`);
    expect(scopes).toEqual(['calendar', 'a, {b}']);
  }
  expect(new Set(rows.map((row: { xmin: string }) => row.xmin)).size).toBeLessThan(5);
  expect(await statuses()).toEqual(['done']);
  const diary = await fixture.sql.query('SELECT word, outcome FROM diary');
  expect(diary).toHaveLength(USERS.length);
  expect(diary).toContainEqual({ word: 'Hello "user 3"\\', outcome: 'connected' });
});

test('a grant that PostgreSQL refuses fails alone, and leaves nothing', async () => {
  await fixture.sql.query(`
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN IF NEW.word LIKE '%user 7%' THEN RAISE EXCEPTION 'no'; END IF; RETURN NEW; END $$;
    CREATE TRIGGER refuse BEFORE INSERT ON diary FOR EACH ROW EXECUTE FUNCTION refuse()`);
  try {
    const ends = await Promise.allSettled(
      (await grants()).map((grant) => accounts.connect(grant, FIRST_SYNC)),
    );
    const failed = ends.flatMap(({ status }, index) => (status === 'rejected' ? [index] : []));
    expect(failed).toEqual([7]);
    const [{ count }] = await fixture.sql.query('SELECT count(*)::int FROM connected_accounts');
    expect(count).toBe(USERS.length - 1);
    expect((await statuses()).sort()).toEqual(['done', 'exchanged']);
  } finally {
    await fixture.sql.query('DROP FUNCTION refuse() CASCADE');
  }
});

test('a part that writes no row fails the whole statement', async () => {
  await fixture.sql.query(`
    CREATE FUNCTION skip() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
    CREATE TRIGGER skip BEFORE INSERT ON diary FOR EACH ROW EXECUTE FUNCTION skip()`);
  try {
    await expect(accounts.connect(await grantOf('ana'), FIRST_SYNC)).rejects.toMatchObject({
      message: 'division by zero',
    });
    expect(await fixture.sql.query('SELECT FROM connected_accounts')).toEqual([]);
  } finally {
    await fixture.sql.query('DROP FUNCTION skip() CASCADE');
  }
});

test('a grant that has to wait for another transaction holds up no other', async () => {
  const all = await grants();
  const blocker = new pg.Client({ connectionString: fixture.url });
  await blocker.connect();
  try {
    await blocker.query('BEGIN');
    await blocker.query(
      `INSERT INTO integrations.connected_accounts
              (id, user_id, provider, provider_account_id, scopes, status, access_token,
               refresh_token, access_token_expires_at, connected_at, updated_at)
       VALUES ($1, 'user 7', 'google', 'of user 7', '{}', 'connected', '', '', now(), now(), now())`,
      [randomUUID()],
    );
    const connecting = all.map((grant) => accounts.connect(grant, FIRST_SYNC));
    const blocked = connecting.splice(7, 1)[0]!;
    let isBlocked = true;
    void blocked.finally(() => {
      isBlocked = false;
    });
    expect(await Promise.all(connecting)).toHaveLength(USERS.length - 1);
    expect(isBlocked).toBe(true);
    await blocker.query('ROLLBACK');
    expect(await blocked).toBe(all[7]!.accountId);
  } finally {
    await blocker.end();
  }
});

test('a user who connects one provider account twice at the same moment has one account', async () => {
  const [one, two] = [await grantOf('ana'), await grantOf('ana')];
  const ids = await Promise.all([one, two].map((grant) => accounts.connect(grant, FIRST_SYNC)));
  expect(new Set(ids).size).toBe(1);
  expect(await statuses()).toEqual(['done']);
});

test('the parts learn whether the account is new, was connected or waited for its user', async () => {
  const id = await accounts.connect(await grantOf('ana'), FIRST_SYNC);
  await accounts.connect(await grantOf('ana'), FIRST_SYNC);
  await accounts.requireReauthorization(id, 'revoked', null);
  await accounts.connect(await grantOf('ana'), FIRST_SYNC);
  const diary = await fixture.sql.query('SELECT account_id AS id, outcome FROM diary');
  expect(diary).toEqual(
    ['connected', 'reconnected', 'recovered'].map((outcome) => ({ id, outcome })),
  );
});

test('of attempts with one state that begin at the same moment, one begins', async () => {
  const request = {
    userId: 'ana',
    provider: 'google',
    reconnectAccountId: null,
    linkId: null,
    access: 'write',
  } as const;
  const ends = await Promise.allSettled(
    Array.from({ length: 10 }, () => attempts.start('the same', request)),
  );
  expect(ends.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  expect(ends.find(({ status }) => status === 'rejected')).toMatchObject({
    reason: { code: 'invalid_state' },
  });
});
