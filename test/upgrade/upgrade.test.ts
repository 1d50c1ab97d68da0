/**
 * A database of version 0.1.0 is upgraded while a process of that version goes on working on it
 * (docs/operations.md).
 */
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { AccountStore } from '../../src/accounts/account-store.js';
import { ConsentAttemptStore } from '../../src/accounts/consent-attempt-store.js';
import { Disconnecting } from '../../src/accounts/disconnect.js';
import { Revoking } from '../../src/accounts/revoking.js';
import { TokenCipher } from '../../src/accounts/token-cipher.js';
import { BY_SYSTEM } from '../../src/audit/audit-words.js';
import { CalendarStore } from '../../src/calendars/calendar-store.js';
import { contractDatabase, migrateDatabase } from '../../src/database/migrate.js';
import { MigrationSource } from '../../src/database/migration-source.js';
import {
  AccountSyncs1764300000000,
  AccountSyncsTable1764300000001,
} from '../../src/database/migrations/1764300000000-account-syncs.js';
import { MIGRATIONS } from '../../src/database/migrations.js';
import { createDataSource } from '../../src/database/options.js';
import { appendNotifications } from '../../src/notifications/append.js';
import { SYNC_LISTENERS } from '../../src/sync/pauses.js';
import { queueConnected, queueRun } from '../../src/sync/queue-run.js';
import { RUN_MAY_WRITE } from '../../src/sync/sync-conditions.js';
import { SyncRuns } from '../../src/sync/sync-runs.js';
import { SyncSchedule } from '../../src/sync/sync-schedule.js';
import { statesOf } from '../../src/sync/sync-states.js';
import { newKey } from '../accounts/account-fixture.js';
import { type Deployment, deploy } from '../support/deployment.js';
import { keyPrefix } from '../support/servers.js';
import { type LoadedFixture, loadFixture } from './load-fixture.js';
import { type OldAccount, OldProcess } from './old-process.js';

const MINUTE = 60_000;
/**
 * Long enough that runs of the old process count as dead and an interrupted disconnect is finished.
 */
const STOPPED_SECONDS_AGO = 300;
const TABLES = [
  'connected_accounts',
  'authorization_attempts',
  'calendars',
  'events',
  'event_tombstones',
  'push_channels',
];

let fixture: LoadedFixture;
let old: OldProcess;
let dataSource: DataSource;
let before: OldAccount[];
let rowsBefore: Record<string, unknown[]>;

beforeAll(async () => {
  fixture = await loadFixture(STOPPED_SECONDS_AGO);
  old = new OldProcess(fixture.database.url);
  dataSource = await createDataSource({ url: fixture.database.url, poolSize: 8 }).initialize();
  before = await old.accounts();
  rowsBefore = await rowsOfTables();
});
afterAll(async () => {
  await dataSource?.destroy();
  await old?.close();
  await fixture?.close();
});

async function rowsOfTables(): Promise<Record<string, unknown[]>> {
  const rows: Record<string, unknown[]> = {};
  for (const table of TABLES)
    rows[table] = await dataSource.query(`SELECT * FROM ${table} ORDER BY 1`);
  return rows;
}

/** Rows with the columns of version 0.1.0 only, which are those of its own rows. */
const withoutNew = (rows: unknown[], old: unknown[]) => {
  const columns = Object.keys(old[0] ?? {});
  const isOld = ([column]: [string, unknown]) => columns.includes(column);
  return rows.map((row) => Object.fromEntries(Object.entries(row as object).filter(isOld)));
};

const account = (user: string, provider: string): OldAccount =>
  before.find((row) => row['user_id'] === user && row['provider'] === provider)!;

/** What version 0.1.0 sees of each account's sync, in the names of account_syncs. */
const oldView = `SELECT id AS account_id, nullif(status, 'connected') AS paused_for, sync_id, sync_state AS state,
  sync_phase AS phase, sync_trigger AS trigger, sync_started_at AS started_at, sync_finished_at AS finished_at,
  sync_heartbeat_at AS heartbeat_at, sync_calendars_done AS calendars_done, sync_calendars_total AS calendars_total,
  sync_events_seen AS events_seen, sync_error_code AS error_code, sync_failures AS failures, sync_again AS again,
  sync_not_before AS not_before, last_synced_at, next_sync_at FROM connected_accounts`;

/**
 * Both views of every account, in one statement.
 *
 * @returns the rows that one has and the other lacks
 */
function differences(): Promise<unknown[]> {
  return dataSource.query(
    `WITH old AS (${oldView}), new AS (SELECT * FROM account_syncs)
     (TABLE old EXCEPT TABLE new) UNION ALL (TABLE new EXCEPT TABLE old)`,
  );
}

/**
 * Does `work` again and again beside `meanwhile`.
 *
 * @returns how often it was done; what it threw is thrown
 */
async function beside(work: () => Promise<unknown>, meanwhile: () => Promise<unknown>) {
  let isOver = false;
  let times = 0;
  const working = (async () => {
    for (; !isOver; times++) await work();
  })();
  working.catch(() => {});
  try {
    await meanwhile();
  } finally {
    isOver = true;
  }
  await working;
  return times;
}

test('the fixture has rows in every table, and accounts in every state', () => {
  for (const table of TABLES) expect([table, rowsBefore[table]?.length]).not.toEqual([table, 0]);
  expect(before.map(({ status, sync_state }) => `${status} ${sync_state}`)).toEqual(
    expect.arrayContaining([
      'connected idle',
      'connected queued',
      'connected running',
      'connected backoff',
      'reauthorization_required error',
      'disconnecting idle',
    ]),
  );
});

test('expanding changes no row, while the old process works', async () => {
  const { id, sync_id: syncId } = account('hana', 'google');
  const times = await beside(
    async () => {
      expect(await old.progress(id, syncId!, 7)).toBe(true);
      expect(await old.savePage(id, syncId!)).toBe(true);
    },
    async () => {
      await Promise.all([
        migrateDatabase(fixture.database.url),
        migrateDatabase(fixture.database.url),
      ]);
    },
  );
  expect(times).toBeGreaterThan(2);
  const rows = await rowsOfTables();
  for (const table of TABLES.slice(1))
    expect(withoutNew(rows[table]!, rowsBefore[table]!)).toEqual(rowsBefore[table]);
  expect(await differences()).toEqual([]);
  for (const row of before) {
    const {
      paused_for: _,
      sync_heartbeat_at: __,
      sync_events_seen: ___,
      client_id: ____,
      access,
      ...now
    } = (await old.account(row.id))! as Record<string, unknown>;
    expect(access).toBe('write');
    const { sync_heartbeat_at: _____, sync_events_seen: ______, ...then } = row;
    // The run that went on has moved.
    expect({ ...now, sync_phase: null, sync_calendars_total: null }).toEqual({
      ...then,
      sync_phase: null,
      sync_calendars_total: null,
    });
  }
});

describe('two versions side by side', () => {
  let runs: SyncRuns;
  let schedule: SyncSchedule;
  let accounts: AccountStore;
  let calendars: CalendarStore;
  let disconnecting: Disconnecting;
  let id: string;
  const created: string[] = [];

  const insert = async () => {
    id = await old.insert(`user ${created.length}`);
    created.push(id);
    return id;
  };
  const queue = (accountId = id) =>
    dataSource.transaction((manager) => queueRun(manager, accountId, 'manual', new Date()));
  const state = async () => (await statesOf(dataSource, [id])).get(id);
  /** Whether the new version may save a page of the run. */
  const savePage = (syncId: string) =>
    calendars.saveListing({ accountId: id, syncId }, [], { at: new Date() });

  beforeAll(() => {
    const now = () => new Date();
    const cipher = new TokenCipher([newKey('test')]);
    const attempts = new ConsentAttemptStore(dataSource, cipher);
    runs = new SyncRuns(dataSource, now, appendNotifications);
    schedule = new SyncSchedule(dataSource, now);
    calendars = new CalendarStore(dataSource, RUN_MAY_WRITE);
    const policy = { oneUserPerProviderAccount: false };
    accounts = new AccountStore(dataSource, cipher, attempts, policy, SYNC_LISTENERS);
    const dependents = { stopPush: async () => {}, deleteEvents: async () => {} };
    const revoking = new Revoking(dataSource, () => ({ cannot: 'disabled' }));
    disconnecting = new Disconnecting({
      dataSource,
      attempts,
      cipher,
      revoking,
      dependents,
      listeners: SYNC_LISTENERS,
      logger: { warn: () => {} },
    });
  });
  afterAll(async () => {
    for (const one of created) await disconnecting.disconnect(one, null, BY_SYSTEM).catch(() => {});
  });

  test('a run of the old version is joined by the new one, and finished by the old', async () => {
    await insert();
    const syncId = (await old.queue(id))!;
    expect(await queue()).toMatchObject({ syncId, state: 'queued', joined: true });
    expect(await old.begin(id, syncId)).toBe(true);
    expect(await state()).toMatchObject({ state: 'running', syncId, phase: 'calendars' });
    expect(await queue()).toMatchObject({ syncId, state: 'running', joined: true });
    expect(await old.account(id)).toMatchObject({ sync_again: 'manual' });
    expect([await old.savePage(id, syncId), await savePage(syncId)]).toEqual([true, true]);
    expect(await old.progress(id, syncId, 3)).toBe(true);
    expect(await old.finish(id, syncId, new Date(Date.now() + 10 * MINUTE))).toBe(true);
    expect(await state()).toMatchObject({ state: 'idle', eventsSeen: 3, errorCode: null });
    expect(await schedule.due(200)).toContain(id);
    expect(await schedule.again(id)).toBe('manual');
  });

  test('a run of the new version is joined by the old one, and finished by the new', async () => {
    await insert();
    const { syncId } = await queue();
    expect(await old.queue(id)).toBe(syncId);
    expect(await runs.begin(id, syncId)).toMatchObject({ trigger: 'manual', failures: 0 });
    expect(await old.account(id)).toMatchObject({ sync_state: 'running', sync_id: syncId });
    expect(await old.queue(id)).toBe(syncId);
    expect([await old.savePage(id, syncId), await savePage(syncId)]).toEqual([true, true]);
    const end = { state: 'idle', error: null, failed: false, notBefore: null } as const;
    const nextSyncAt = new Date(Date.now() + 10 * MINUTE);
    await runs.finish(id, syncId, {
      ...end,
      nextSyncAt,
      againAtOnce: true,
      saved: { changed: 0, deleted: 0 },
    });
    expect(await old.account(id)).toMatchObject({ sync_state: 'idle', sync_again: 'manual' });
    expect(await old.due()).toContain(id);
  });

  test('a run started by one version can be taken over, failed and postponed by the other', async () => {
    await insert();
    const syncId = (await old.queue(id))!;
    await runs.begin(id, syncId);
    const until = new Date(Date.now() + MINUTE);
    expect(await old.fail(id, syncId, until)).toBe(true);
    expect(await state()).toMatchObject({ state: 'backoff', failures: 1, notBefore: until });
    const again = await queue();
    expect(again).toMatchObject({ joined: false, notBefore: until });
    expect(await old.begin(id, again.syncId)).toBe(false);
    expect(await runs.begin(id, again.syncId)).toBeNull();
    expect(await old.account(id)).toMatchObject({ sync_state: 'backoff', next_sync_at: until });
  });

  test('a grant that one version finds invalid stops the runs of both, and either version can reconnect it', async () => {
    for (const mark of [
      () => old.requireReauthorization(id),
      () => accounts.requireReauthorization(id, 'revoked', null),
    ]) {
      await insert();
      const { syncId } = await queue();
      await runs.begin(id, syncId);
      expect(await mark()).toBe(true);
      expect([await old.savePage(id, syncId), await savePage(syncId)]).toEqual([false, false]);
      expect([await old.queue(id), await old.progress(id, syncId, 1)]).toEqual([null, false]);
      await expect(queue()).rejects.toMatchObject({ code: 'reauthorization_required' });
      expect(await state()).toMatchObject({
        pausedFor: 'reauthorization_required',
        nextSyncAt: null,
      });
      await old.reconnect(id);
      expect(await state()).toMatchObject({ pausedFor: null, failures: 0 });
      await old.requireReauthorization(id);
      await dataSource.query(`UPDATE connected_accounts SET status = 'connected' WHERE id = $1`, [
        id,
      ]);
      const { syncId: next, joined } = await dataSource.transaction((manager) =>
        queueConnected(manager, id, new Date()),
      );
      expect(joined).toBe(false);
      expect(await old.account(id)).toMatchObject({ sync_id: next, sync_state: 'queued' });
    }
  });

  test('an account that one version disconnects is closed to both', async () => {
    for (const mark of [
      () => old.markLeaving(id),
      () =>
        dataSource.transaction(async (manager) => {
          await manager.query(
            `UPDATE connected_accounts SET status = 'disconnecting' WHERE id = $1`,
            [id],
          );
          await SYNC_LISTENERS.onDisconnecting(manager, id);
        }),
    ]) {
      await insert();
      const { syncId } = await queue();
      await runs.begin(id, syncId);
      await mark();
      expect([await old.savePage(id, syncId), await savePage(syncId)]).toEqual([false, false]);
      await expect(queue()).rejects.toMatchObject({ code: 'account_not_found' });
      expect(await old.account(id)).toMatchObject({ sync_id: null, next_sync_at: null });
      expect(await old.remove(id)).toBe(true);
      expect(await state()).toBeUndefined();
    }
  });

  test.each(['old', 'new'])(
    'the %s version cannot remove an account whose page the other saves',
    async (who) => {
      await insert();
      const { syncId } = await queue();
      await runs.begin(id, syncId);
      const order: string[] = [];
      let removing: Promise<unknown> = Promise.resolve();
      const startRemoving = async () => {
        removing = (
          who === 'old'
            ? old.markLeaving(id).then(() => old.remove(id))
            : disconnecting.disconnect(id, null, BY_SYSTEM)
        ).then(() => order.push('removed'));
        await delay(300);
        order.push('saved');
      };
      if (who === 'new') expect(await old.savePage(id, syncId, startRemoving)).toBe(true);
      else
        await dataSource.transaction(async (manager) => {
          expect(await manager.query(RUN_MAY_WRITE, [id, syncId])).toHaveLength(1);
          await startRemoving();
        });
      await removing;
      expect(order).toEqual(['saved', 'removed']);
      expect(await old.account(id)).toBeUndefined();
    },
  );

  test('both versions write the same accounts at once without an error, and read the same values', async () => {
    const some = [await insert(), await insert(), await insert()];
    const any = () => some[Math.floor(Math.random() * some.length)]!;
    const end = { state: 'idle', error: null, failed: false, notBefore: null } as const;
    const oldStep = async () => {
      const one = any();
      const syncId = (await old.queue(one))!;
      await old.begin(one, syncId);
      await old.progress(one, syncId, 1);
      await old.savePage(one, syncId);
      await old.finish(one, syncId, new Date());
    };
    const newStep = async () => {
      const one = any();
      const { syncId } = await queue(one);
      await runs.begin(one, syncId);
      await runs.progress(one, syncId, {
        phase: 'baseline',
        calendarsDone: 0,
        calendarsTotal: 1,
        eventsSeen: 2,
      });
      await calendars.saveListing({ accountId: one, syncId }, [], { at: new Date() });
      await runs.finish(one, syncId, {
        ...end,
        nextSyncAt: new Date(),
        againAtOnce: true,
        saved: { changed: 0, deleted: 0 },
      });
      await accounts.requireReauthorization(one, 'revoked', null);
      await dataSource.transaction(async (manager) => {
        await manager.query(`UPDATE connected_accounts SET status = 'connected' WHERE id = $1`, [
          one,
        ]);
        await queueConnected(manager, one, new Date());
      });
    };
    const isPaused = (error: { code?: string }) => {
      if (error.code !== 'reauthorization_required') throw error;
    };
    await beside(oldStep, () =>
      beside(
        () => newStep().catch(isPaused),
        () =>
          beside(
            () => newStep().catch(isPaused),
            () => delay(3_000),
          ),
      ),
    );
    expect(await differences()).toEqual([]);
  });
});

describe('the whole new version', () => {
  let deployment: Deployment;
  let eventsBefore: { id: string; account_id: string }[];

  beforeAll(async () => {
    const { sandbox, database } = fixture;
    eventsBefore = await dataSource.query('SELECT id, account_id FROM events');
    deployment = await deploy({
      push: true,
      service: { choresEverySeconds: 2 },
      beside: {
        sandbox,
        database,
        environment: {},
        keyPrefix: keyPrefix(),
        url: 'http://127.0.0.1:18602',
      },
    });
  }, 60_000);
  afterAll(() => deployment?.stop());

  const read = async ({ id, user_id }: OldAccount) =>
    (await deployment.browser(String(user_id)).get(`/integrations/accounts/${id}`).expect(200))
      .body;
  const syncNow = async (one: OldAccount) => {
    const browser = deployment.browser(String(one['user_id']));
    await browser.post(`/integrations/sync/${one.id}`, {}).expect(202);
    return browser.synced(one.id);
  };
  /** A run of the old process from beginning to end, unless another process has one. */
  const oldRun = async (one: OldAccount) => {
    const seen = await old.account(one.id);
    if (seen?.sync_state !== 'queued' && seen?.sync_state !== 'running') {
      const syncId = (await old.queue(one.id))!;
      await old.begin(one.id, syncId);
      await old.progress(one.id, syncId, 0);
      await old.savePage(one.id, syncId);
      await old.finish(one.id, syncId, new Date(Date.now() + 10 * MINUTE));
    }
    await old.due();
    await delay(50);
  };

  async function until(what: string, isTrue: () => Promise<boolean>): Promise<void> {
    for (const end = Date.now() + 60_000; !(await isTrue()); await delay(200))
      if (Date.now() > end) throw new Error(`it did not happen: ${what}`);
  }

  test('the start of the new version logs the remaining steps', () => {
    expect(deployment.log.map(({ msg }) => msg)).toContainEqual(
      expect.stringContaining('npm run migrate -- contract'),
    );
  });

  test('the new version finishes the old version’s work while the old one is running', async () => {
    const working = account('ana', 'microsoft');
    await beside(
      () => oldRun(working),
      async () => {
        // The run whose process died, the runs that were queued, and a sync that failed.
        for (const [user, provider] of [
          ['hana', 'google'],
          ['hana', 'microsoft'],
          ['ivo', 'microsoft'],
          ['cleo', 'microsoft'],
          ['ana', 'google'],
        ] as const) {
          const one = account(user, provider);
          await until(`${user} is at rest`, async () => (await read(one)).sync.state === 'idle');
          expect(await syncNow(one)).toMatchObject({ state: 'idle', error: null });
          expect(Date.parse((await read(one)).lastSyncedAt)).toBeGreaterThan(Date.now() - MINUTE);
        }
        await until('the account is removed', async () => {
          return (await old.account(account('gus', 'google').id)) === undefined;
        });
        await until('the interrupted connection is finished', async () => {
          const { body } = await deployment.browser('fay').get('/integrations/accounts');
          return body.data.length === 1 && body.data[0].sync.state === 'idle';
        });
      },
    );
    expect(await read(account('bo', 'google'))).toMatchObject({
      status: 'connected',
      sync: { state: 'backoff', error: { code: 'throttled' } },
      nextSyncAt: account('bo', 'google').next_sync_at!.toISOString(),
    });
    const dead = account('bo', 'microsoft');
    expect(await read(dead)).toMatchObject({
      status: 'reauthorization_required',
      statusReason: 'revoked',
      nextSyncAt: null,
    });
    await deployment.browser('bo').connectAndSync('microsoft', { as: 'bo@microsoft.example' });
    expect(await read(dead)).toMatchObject({ status: 'connected', sync: { error: null } });
    expect(await differences()).toEqual([]);
  }, 120_000);

  test('the upgrade loses no data', async () => {
    const gone = account('gus', 'google').id;
    const kept = new Set(
      (await dataSource.query('SELECT id FROM events')).map(({ id }: { id: string }) => id),
    );
    const lost = eventsBefore.filter(({ id, account_id }) => account_id !== gone && !kept.has(id));
    expect(lost).toEqual([]);
    const rows = await rowsOfTables();
    const ids = (table: string, key: string, list = rows) =>
      (list[table] as Record<string, unknown>[])
        .filter((row) => row['account_id'] !== gone && row['id'] !== gone)
        .map((row) => String(row[key]));
    for (const [table, key] of [
      ['connected_accounts', 'id'],
      ['authorization_attempts', 'id'],
      ['calendars', 'id'],
      ['event_tombstones', 'event_id'],
    ] as const)
      expect(ids(table, key)).toEqual(expect.arrayContaining(ids(table, key, rowsBefore)));
    for (const row of before.filter(({ id }) => id !== gone))
      expect(await old.account(row.id)).toMatchObject({
        user_id: row['user_id'],
        provider_account_id: row['provider_account_id'],
        connected_at: row['connected_at'],
      });
  });

  test('the contraction runs while the service works, and the service works afterwards', async () => {
    const one = account('ana', 'google');
    const snapshot = () =>
      dataSource.query(
        `SELECT account_id, state, error_code, failures, last_synced_at FROM account_syncs
          WHERE account_id = ANY($1) ORDER BY account_id`,
        [[account('bo', 'google').id, account('ivo', 'microsoft').id]],
      );
    const kept = await snapshot();
    const times = await beside(
      () => syncNow(one),
      async () => {
        await delay(500);
        await contractDatabase(fixture.database.url);
        await delay(1_000);
      },
    );
    expect(times).toBeGreaterThan(1);
    expect(await snapshot()).toEqual(kept);
    const { upQueries } = await dataSource.driver.createSchemaBuilder().log();
    expect(upQueries.map(({ query }) => query)).toEqual([]);
    const [{ accounts, syncs }] = await dataSource.query(
      `SELECT (SELECT count(*) FROM connected_accounts) AS accounts, (SELECT count(*) FROM account_syncs) AS syncs`,
    );
    expect(syncs).toBe(accounts);
    expect(deployment.log.filter(({ level }) => Number(level) >= 50)).toEqual([]);

    fixture.sandbox.control.createEvent({
      provider: 'google',
      user: 'ana@google.example',
      event: { title: 'After', start: '2027-02-01T09:00:00Z', end: '2027-02-01T10:00:00Z' },
    });
    expect(await syncNow(one)).toMatchObject({ state: 'idle', error: null });
    const browser = deployment.browser('ana');
    const events = await browser.get(`/integrations/accounts/${one.id}/events?limit=200`);
    expect(events.body.data.map(({ title }: { title: string }) => title)).toContain('After');
    const id = await deployment
      .browser('zoe')
      .connectAndSync('google', { as: 'dora@google.example' });
    await deployment.browser('zoe').delete(`/integrations/accounts/${id}`).expect(200);
    await browser.delete(`/integrations/accounts/${one.id}`).expect(200);
    expect(
      await dataSource.query('SELECT 1 FROM account_syncs WHERE account_id = ANY($1)', [
        [id, one.id],
      ]),
    ).toEqual([]);
  }, 60_000);

  test('a database is contracted once, and the contraction can be reverted', async () => {
    const names = () =>
      dataSource.query(`SELECT name FROM migrations WHERE name LIKE 'AccountSyncs%' ORDER BY name`);
    const [expand, contract] = [AccountSyncs1764300000000, AccountSyncsTable1764300000001];
    await contractDatabase(fixture.database.url);
    await migrateDatabase(fixture.database.url);
    expect(await names()).toEqual([{ name: expand.name }, { name: contract.name }]);
    // A run that is under way changes its row.
    await deployment.service.drain();
    const kept = await dataSource.query('SELECT * FROM account_syncs ORDER BY account_id');
    const source = await new MigrationSource(fixture.database.url, [
      ...MIGRATIONS,
      contract,
    ]).initialize();
    // TypeORM goes by the numbers of migrations, so later ones are reverted first.
    for (const _later of MIGRATIONS.slice(MIGRATIONS.indexOf(expand) + 1))
      await source.undoLastMigration();
    await source.undoLastMigration();
    expect(await differences()).toEqual([]);
    expect(await dataSource.query('SELECT * FROM account_syncs ORDER BY account_id')).toEqual(kept);
    await source.undoLastMigration();
    expect(await names()).toEqual([]);
    const [{ gone }] = await dataSource.query(
      `SELECT to_regclass('account_syncs') IS NULL AS gone`,
    );
    expect(gone).toBe(true);
    await source.destroy();
  });
});
