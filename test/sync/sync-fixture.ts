/** Accounts, stores and a scripted provider on a database of their own. */
import { afterAll, beforeAll, beforeEach } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { ConnectedAccount } from '../../src/accounts/connected-account.js';
import { CalendarStore } from '../../src/calendars/calendar-store.js';
import { type EventFilter, type EventPage, listEvents } from '../../src/calendars/event-listing.js';
import { EventStore } from '../../src/calendars/event-store.js';
import { createDataSource } from '../../src/database/options.js';
import { appendNotifications } from '../../src/notifications/append.js';
import { AccountLimits } from '../../src/sync/account-limits.js';
import { AccountSync } from '../../src/sync/account-sync.js';
import { type Queued, queueConnected, queueRun } from '../../src/sync/queue-run.js';
import { syncAccount } from '../../src/sync/sync-account.js';
import { RUN_MAY_WRITE } from '../../src/sync/sync-conditions.js';
import { type RunEnd, SyncRuns } from '../../src/sync/sync-runs.js';
import { SyncSchedule } from '../../src/sync/sync-schedule.js';
import type { SyncServices } from '../../src/sync/sync-services.js';
import type { AccountStatus, StatusReason, SyncTrigger } from '../../src/vocabulary.js';
import { insertAccount } from '../support/insert-rows.js';
import { createTestDatabase, type TestDatabase } from '../support/servers.js';
import { ScriptedProvider } from './scripted-provider.js';

export interface ShownEvent {
  readonly id: string;
  readonly title: string | null;
  readonly start: string;
}

export class SyncFixture {
  dataSource!: DataSource;
  url!: string;
  provider!: ScriptedProvider;
  runs!: SyncRuns;
  schedule!: SyncSchedule;
  calendars!: CalendarStore;
  events!: EventStore;
  services!: SyncServices;
  /** The time of the fixture's clock. */
  clock = new Date('2026-11-20T12:00:00Z');
  readonly marked: [string, StatusReason][] = [];
  private database!: TestDatabase;

  async open(): Promise<void> {
    this.database = await createTestDatabase();
    this.url = this.database.url;
    this.dataSource = await createDataSource({ url: this.url, poolSize: 10 }).initialize();
  }

  async reset(): Promise<void> {
    await this.dataSource.query('TRUNCATE connected_accounts CASCADE');
    this.clock = new Date('2026-11-20T12:00:00Z');
    this.marked.length = 0;
    this.provider = new ScriptedProvider();
    const now = () => this.clock;
    this.runs = new SyncRuns(this.dataSource, now, appendNotifications);
    this.schedule = new SyncSchedule(this.dataSource, now);
    this.calendars = new CalendarStore(this.dataSource, RUN_MAY_WRITE);
    this.events = new EventStore(this.dataSource, RUN_MAY_WRITE);
    this.services = {
      runs: this.runs,
      calendars: this.calendars,
      events: this.events,
      limits: new AccountLimits(() => this.clock.getTime()),
      gate: (write) => write(),
      schedule: this.schedule,
      collectGarbage: () => {},
      isPushed: async () => false,
      provider: (id) => (id === 'scripted' ? this.provider : undefined),
      useToken: (_accountId, call) => call('token'),
      markReauthorization: async (accountId, reason) => {
        this.marked.push([accountId, reason]);
        await this.change(accountId, { status: 'reauthorization_required', statusReason: reason });
      },
      settings: { pastDays: 30, futureDays: 365, pollMinutes: 10 },
      logger: silent,
      now,
      random: () => 0.5,
      sleep: async () => {},
    };
  }

  async close(): Promise<void> {
    await this.dataSource.destroy();
    await this.database.drop();
  }

  connect(provider = 'scripted'): Promise<string> {
    return insertAccount(this.dataSource, { provider });
  }

  /** Queues a run, without a job. */
  async queue(accountId: string): Promise<string> {
    return (await this.request(accountId, 'manual')).syncId;
  }

  /** Requests a run, without a job. */
  request(accountId: string, trigger: SyncTrigger): Promise<Queued> {
    return this.dataSource.transaction((manager) =>
      trigger === 'connect'
        ? queueConnected(manager, accountId, this.clock)
        : queueRun(manager, accountId, trigger, this.clock),
    );
  }

  /** One run from beginning to end. */
  async sync(
    accountId: string,
    signals: { signal?: AbortSignal; stopping?: AbortSignal } = {},
  ): Promise<void> {
    const syncId = await this.queue(accountId);
    await this.run(accountId, syncId, signals);
  }

  run(
    accountId: string,
    syncId: string,
    signals: { signal?: AbortSignal; stopping?: AbortSignal } = {},
  ): Promise<unknown> {
    const never = new AbortController().signal;
    return syncAccount(
      this.services,
      { accountId, syncId },
      { signal: never, stopping: never, ...signals },
    );
  }

  /** The account's row of account_syncs. */
  account(accountId: string): Promise<AccountSync> {
    return this.dataSource.getRepository(AccountSync).findOneByOrFail({ accountId });
  }

  /** Changes the account's sync, and with `status` the account and its pause. */
  async change(
    accountId: string,
    {
      status,
      statusReason,
      ...sync
    }: Partial<AccountSync> & { status?: AccountStatus; statusReason?: StatusReason },
  ): Promise<void> {
    const pausedFor = status === 'connected' ? null : status;
    const changed = { ...sync, ...(pausedFor !== undefined && { pausedFor }) };
    if (status !== undefined)
      await this.dataSource
        .getRepository(ConnectedAccount)
        .update(accountId, { status, ...(statusReason && { statusReason }) });
    if (Object.keys(changed).length > 0)
      await this.dataSource.getRepository(AccountSync).update(accountId, changed);
  }

  async calendarId(accountId: string, providerCalendarId = 'primary'): Promise<string> {
    const calendars = await this.calendars.list(accountId);
    return calendars.find((calendar) => calendar.providerCalendarId === providerCalendarId)!.id;
  }

  async cursor(accountId: string, providerCalendarId = 'primary'): Promise<string | null> {
    const [{ cursor }] = await this.dataSource.query(
      `SELECT cursor FROM calendars WHERE account_id = $1 AND provider_calendar_id = $2`,
      [accountId, providerCalendarId],
    );
    return cursor;
  }

  list(filter: EventFilter): Promise<EventPage> {
    return listEvents(this.dataSource, filter);
  }

  /** The listed events, in order. */
  async shown(accountId: string): Promise<ShownEvent[]> {
    const filter = {
      accountId,
      from: null,
      to: null,
      calendarId: null,
      limit: 10_000,
      cursor: null,
    };
    const { events } = await this.list(filter);
    return events.map((event) => ({
      id: event.providerEventId,
      title: event.title,
      start: event.startDate ?? event.startsAt.toISOString(),
    }));
  }

  /** The provider's ids of the listed events, sorted. */
  async ids(accountId: string): Promise<string[]> {
    return (await this.shown(accountId)).map(({ id }) => id).sort();
  }
}

/** The end of a successful run; the account is due again at once. */
export function finished(at = new Date('2026-11-20T12:00:00Z')): RunEnd {
  return {
    state: 'idle',
    error: null,
    failed: false,
    nextSyncAt: at,
    notBefore: null,
    againAtOnce: true,
    saved: { changed: 0, deleted: 0 },
  };
}

/** A fixture for the test file: one database for all its tests, emptied before each. */
export function useSyncFixture(): SyncFixture {
  const fixture = new SyncFixture();
  beforeAll(() => fixture.open());
  beforeEach(() => fixture.reset());
  afterAll(() => fixture.close());
  return fixture;
}

const nothing = () => {};
export const silent = { debug: nothing, info: nothing, warn: nothing, error: nothing };
