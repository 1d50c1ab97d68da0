/** Accounts with encrypted tokens on a database of their own, and any number of processes on it. */

import { createSecretKey, randomBytes, randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { AccessTokens } from '../../src/accounts/access-token.js';
import { AccountStore } from '../../src/accounts/account-store.js';
import { ConsentAttemptStore } from '../../src/accounts/consent-attempt-store.js';
import type { Grant } from '../../src/accounts/grant.js';
import type { GrantQuestions, RefreshTokens } from '../../src/accounts/live-token.js';
import { type SealingKey, TokenCipher } from '../../src/accounts/token-cipher.js';
import { BY_SYSTEM } from '../../src/audit/audit-words.js';
import { createDataSource } from '../../src/database/options.js';
import { createGates } from '../../src/gate.js';
import { SYNC_LISTENERS } from '../../src/sync/pauses.js';
import { queueConnected } from '../../src/sync/queue-run.js';
import type { TokenSet } from '../../src/vocabulary.js';
import { createTestDatabase, type TestDatabase } from '../support/servers.js';

export const newKey = (id: string): SealingKey => ({ id, key: createSecretKey(randomBytes(32)) });

/** Tokens that expire in an hour, unless `other` changes that. */
export function tokenSet(name: string, other: Partial<TokenSet> = {}): TokenSet {
  const expiresAt = new Date(Date.now() + 3_600_000);
  return {
    accessToken: `access of ${name}`,
    refreshToken: `refresh of ${name}`,
    expiresAt,
    scope: 'calendar',
    ...other,
  };
}

/** The token objects of one process. */
export interface TokenProcess {
  readonly tokens: AccessTokens;
  readonly dataSource: DataSource;
  readonly lockSource: DataSource;
  readonly accounts: AccountStore;
  readonly attempts: ConsentAttemptStore;
}

export class AccountFixture {
  readonly key = newKey('first');
  cipher = new TokenCipher([this.key]);
  url!: string;
  /** For the test's own queries. */
  sql!: DataSource;
  here!: TokenProcess;
  private database!: TestDatabase;
  private readonly opened: DataSource[] = [];
  /** How many of them are for the whole file. */
  private kept = 0;

  async open(): Promise<void> {
    this.database = await createTestDatabase();
    this.url = this.database.url;
    this.sql = await this.source(2);
    this.here = await this.process(() => Promise.reject(new Error('no refresh was expected')));
    this.kept = this.opened.length;
  }

  /** Empties the tables and closes what one test has opened: a server has few connections. */
  async reset(): Promise<void> {
    await Promise.all(this.opened.splice(this.kept).map((source) => source.destroy()));
    await this.sql.query('TRUNCATE connected_accounts CASCADE');
  }

  async close(): Promise<void> {
    await Promise.all(this.opened.map((source) => source.destroy()));
    await this.database?.drop();
  }

  async source(poolSize: number, statementTimeoutMs?: number): Promise<DataSource> {
    const source = await createDataSource({
      url: this.url,
      poolSize,
      ...(statementTimeoutMs && { statementTimeoutMs }),
    }).initialize();
    this.opened.push(source);
    return source;
  }

  async process(
    refresh: RefreshTokens,
    {
      poolSize = 4,
      now = () => new Date(),
      clientId = 'the client',
      lacking = (): readonly string[] => [],
    }: {
      poolSize?: number;
      now?: () => Date;
      clientId?: string;
      lacking?: GrantQuestions['lacking'];
    } = {},
  ): Promise<TokenProcess> {
    const dataSource = await this.source(poolSize);
    const lockSource = await this.source(2, 15_000);
    const attempts = new ConsentAttemptStore(dataSource, this.cipher);
    const policy = { oneUserPerProviderAccount: false };
    const accounts = new AccountStore(dataSource, this.cipher, attempts, policy, SYNC_LISTENERS);
    const grants = { refresh, clientIdOf: () => clientId, lacking };
    const gateOf = createGates(Number.POSITIVE_INFINITY);
    const tokens = new AccessTokens(
      dataSource,
      lockSource,
      this.cipher,
      accounts,
      grants,
      gateOf,
      now,
    );
    return { tokens, dataSource, lockSource, accounts, attempts };
  }

  /** Connects an account as a callback does. Default: a new user. */
  async connect(other: Partial<Grant> = {}, process = this.here): Promise<string> {
    const userId = other.userId ?? randomUUID();
    const tokens = other.tokens ?? tokenSet('the first grant');
    const attempt = await process.attempts.start(randomUUID(), {
      userId,
      provider: 'google',
      reconnectAccountId: null,
      linkId: null,
      access: 'write',
    });
    await process.attempts.keepTokens(attempt, tokens);
    return process.accounts.connect(
      {
        attemptId: attempt.id,
        accountId: attempt.accountId,
        userId,
        provider: 'google',
        profile: {
          providerAccountId: `account of ${userId}`,
          email: 'a@example.com',
          displayName: 'A',
        },
        scopes: ['calendar'],
        access: 'write',
        clientId: 'the client',
        linkId: null,
        by: BY_SYSTEM,
        reconnectAccountId: null,
        ...other,
        tokens,
      },
      {
        onSaved: () => {},
        partFor: async () => null,
        inTransaction: async (manager, accountId) =>
          void (await queueConnected(manager, accountId, new Date())),
      },
    );
  }

  /** An account whose access token has expired. */
  connectExpired(other: Partial<Grant> = {}): Promise<string> {
    return this.connect({
      ...other,
      tokens: tokenSet('the first grant', { expiresAt: new Date(Date.now() - 1_000) }),
    });
  }

  async row(accountId: string): Promise<Record<string, unknown>> {
    const [row] = await this.sql.query(
      'SELECT * FROM connected_accounts LEFT JOIN account_syncs ON account_id = id WHERE id = $1',
      [accountId],
    );
    return row;
  }

  /** The stored tokens, decrypted. */
  async stored(accountId: string): Promise<{ access: string; refresh: string; version: number }> {
    const row = await this.row(accountId);
    const open = (column: 'access_token' | 'refresh_token') =>
      this.cipher.open(row[column] as string, {
        table: 'connected_accounts',
        rowId: accountId,
        column,
        userId: row['user_id'] as string,
      });
    return {
      access: open('access_token'),
      refresh: open('refresh_token'),
      version: row['token_version'] as number,
    };
  }
}

/** A fixture for the test file. */
export function useAccounts(): AccountFixture {
  const fixture = new AccountFixture();
  beforeAll(() => fixture.open());
  afterEach(() => fixture.reset());
  afterAll(() => fixture.close());
  return fixture;
}
