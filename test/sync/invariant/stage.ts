/**
 * One account at a sandbox, synced by the real adapters, stores and runs, on a clock of its own.
 */
import { randomUUID } from 'node:crypto';
import type { DataSource } from 'typeorm';
import { type Sandbox, startSandbox } from '../../../sandbox/index.js';
import { CalendarStore } from '../../../src/calendars/calendar-store.js';
import { listEvents } from '../../../src/calendars/event-listing.js';
import { EventStore } from '../../../src/calendars/event-store.js';
import { appendNotifications } from '../../../src/notifications/append.js';
import { googleCalendars } from '../../../src/providers/google/calendars.js';
import { createHttpClient, type HttpClient } from '../../../src/providers/http-client.js';
import { microsoftCalendars } from '../../../src/providers/microsoft/calendars.js';
import type { ProviderCalendars } from '../../../src/providers/provider-calendars.js';
import { AccountLimits } from '../../../src/sync/account-limits.js';
import { AccountSync } from '../../../src/sync/account-sync.js';
import { doChores, syncChores } from '../../../src/sync/chores.js';
import { syncAccount } from '../../../src/sync/sync-account.js';
import { RUN_MAY_WRITE } from '../../../src/sync/sync-conditions.js';
import { SyncRuns } from '../../../src/sync/sync-runs.js';
import { SyncSchedule } from '../../../src/sync/sync-schedule.js';
import type { SyncServices } from '../../../src/sync/sync-services.js';
import { Syncs } from '../../../src/sync/syncs.js';
import { insertAccount } from '../../support/insert-rows.js';
import { KillSwitch } from './crash.js';
import type { Move, RunPlan } from './moves.js';
import { ProviderHand, type ProviderName } from './provider-hand.js';

const SCOPES = {
  google: ['openid', 'https://www.googleapis.com/auth/calendar'],
  microsoft: ['openid', 'offline_access', 'https://graph.microsoft.com/Calendars.ReadWrite'],
};
const MINUTE = 60_000;
const DAY = 86_400_000;
/** The person at the provider. */
export const USER = 'somebody@example.org';
const WINDOW = { pastDays: 10, futureDays: 25, pollMinutes: 10 };
/** The time limits for an ordinary response and for a hanging one. */
const PATIENCE_MS = 20_000;
const IMPATIENCE_MS = 300;

export interface StageOptions {
  readonly provider: ProviderName;
  readonly start?: string;
  readonly timeZone?: string;
}

export class Stage {
  readonly log: string[] = [];
  requests = 0;
  /** The number of runs by result: `ok`, `crashed`, or an error's code. */
  readonly outcomes: Record<string, number> = {};
  readonly id = randomUUID();
  private readonly http: { ordinary: HttpClient; impatient: HttpClient };
  private readonly runs: SyncRuns;
  private readonly schedule: SyncSchedule;
  private readonly calendars: CalendarStore;
  private readonly limits: AccountLimits;
  private readonly syncs: Syncs;
  private readonly hand: ProviderHand;
  private token = '';
  private warnings: unknown[] = [];

  private constructor(
    private readonly dataSource: DataSource,
    private readonly options: StageOptions,
    readonly sandbox: Sandbox,
    private readonly clock: { now: Date },
  ) {
    const now = () => this.clock.now;
    this.http = {
      ordinary: createHttpClient({ timeoutMs: PATIENCE_MS, maxBodyBytes: 10_000_000 }),
      impatient: createHttpClient({ timeoutMs: IMPATIENCE_MS, maxBodyBytes: 10_000_000 }),
    };
    this.runs = new SyncRuns(dataSource, now, appendNotifications);
    this.schedule = new SyncSchedule(dataSource, now);
    this.calendars = new CalendarStore(dataSource, RUN_MAY_WRITE);
    this.limits = new AccountLimits(() => this.clock.now.getTime());
    this.syncs = new Syncs(
      dataSource,
      this.schedule,
      this.calendars,
      {
        send: async () => true,
        has: async () => false,
        prioritize: async () => {},
        sendAll: async () => {},
        wake: () => {},
      },
      now,
    );
    this.hand = new ProviderHand(
      sandbox,
      { provider: options.provider, user: USER },
      new Date(clock.now),
    );
  }

  static async set(dataSource: DataSource, options: StageOptions): Promise<Stage> {
    const clock = { now: new Date(options.start ?? '2026-06-15T10:00:00Z') };
    const sandbox = await startSandbox({
      now: () => clock.now,
      contents: 'empty',
      host: '127.0.0.1',
    });
    const { control } = sandbox;
    const { provider } = options;
    control.configure({
      google: { latencyMs: 0, requestsPerMinutePerUser: null },
      microsoft: { latencyMs: 0 },
    });
    control.createAccount({
      provider,
      email: USER,
      name: 'Ana',
      timeZone: options.timeZone ?? 'Europe/Madrid',
    });
    control.createCalendar({ provider, user: USER, calendar: { name: 'Second' } });
    const stage = new Stage(dataSource, options, sandbox, clock);
    await insertAccount(dataSource, { id: stage.id, userId: 'ana', provider });
    return stage;
  }

  async strike(): Promise<void> {
    await this.dataSource.query('DELETE FROM connected_accounts WHERE id = $1', [this.id]);
    await Promise.all([
      this.http.ordinary.close(),
      this.http.impatient.close(),
      this.sandbox.close(),
    ]);
  }

  /** Makes a move. After a run, the calendars that it read are compared. */
  async make(move: Move): Promise<void> {
    const { control } = this.sandbox;
    const ref = { provider: this.options.provider, user: USER };
    switch (move.do) {
      case 'run':
        return this.run(move);
      case 'choose':
        return this.choose(move.calendar);
      case 'days':
        this.pass(move.days * DAY);
        break;
      case 'expire': {
        control.configure({ microsoft: { goneVariant: move.variant } });
        const all = this.hand.calendars();
        const one = move.calendar === null ? undefined : all[move.calendar % all.length]?.id;
        control.expireCursors({ ...ref, ...(one === undefined ? {} : { calendarId: one }) });
        break;
      }
      case 'dials': {
        const { pageSize, emptyPages, duplicates, masterLast, cancelled, seriesDeletion } = move;
        control.configure({
          google: { pageSize, emptyPages, cancelledItems: cancelled, seriesDeletion },
          microsoft: {
            pageSize,
            emptyPages,
            duplicates,
            masterPosition: masterLast ? 'last' : 'first',
          },
        });
        break;
      }
      default:
        if (!this.hand.make(move)) return;
    }
    this.log.push(JSON.stringify(move));
  }

  /** A sync without faults: it must succeed, and all calendars must be equal. */
  async settle(): Promise<void> {
    this.sandbox.control.clearFaults();
    this.pass(2 * 60 * MINUTE);
    await this.run({});
    const { state, errorCode, lastSyncedAt } = await this.account();
    if (
      state !== 'idle' ||
      errorCode !== null ||
      lastSyncedAt?.getTime() !== this.clock.now.getTime()
    )
      throw new Error(`not settled: ${state} ${errorCode} ${this.warnings.map(String).join('; ')}`);
    await this.compareListing();
  }

  private async run({ fault, crash, meanwhile, trigger = 'manual' }: RunPlan): Promise<void> {
    const { control } = this.sandbox;
    this.pass(MINUTE);
    this.warnings = [];
    control.clearFaults();
    if (fault !== undefined)
      control.addFault({ canned: fault.name, nth: fault.nth, times: fault.times });
    const killSwitch = new KillSwitch(crash);
    let asked = 0;
    const onRequest = () => {
      asked++;
      if (meanwhile !== undefined && asked === meanwhile.nth && this.hand.make(meanwhile.move))
        this.log.push(`meanwhile ${JSON.stringify(meanwhile.move)}`);
    };
    const http = this.http[fault?.name === 'hang' ? 'impatient' : 'ordinary'];
    const services = this.services(killSwitch, http, onRequest);
    const { syncId } = await this.syncs.request(this.id, { trigger, full: false });
    await this.perform(services, syncId);
    this.requests += asked;
    const { errorCode } = await this.account();
    const outcome = killSwitch.killed ? 'crashed' : (errorCode ?? 'ok');
    this.outcomes[outcome] = (this.outcomes[outcome] ?? 0) + 1;
    this.log.push(`run ${JSON.stringify({ fault, crash, trigger })} ${outcome}`);
    control.clearFaults();
    // A change during the read may be stored or not; the next run stores it.
    if (meanwhile === undefined || asked < meanwhile.nth) await this.compareRead();
    if (killSwitch.killed && crash!.comeback !== 'never')
      await this.comeBack(crash!.comeback as 'swept', syncId);
  }

  /**
   * After a crash the queue delivers the job again, or the sweeper ends the run and another one
   * follows.
   */
  private async comeBack(how: 'redelivered' | 'swept', syncId: string): Promise<void> {
    const services = this.services(new KillSwitch(undefined), this.http.ordinary, () => {});
    if (how === 'swept') {
      this.pass(3 * MINUTE);
      const chores = syncChores(services, this.syncs);
      await doChores(chores, services.logger);
      this.pass(MINUTE);
      await doChores(chores, services.logger);
    }
    const { syncId: next, state } = await this.account();
    if (state === 'queued' || (state === 'running' && next === syncId))
      await this.perform(services, next!);
    await this.compareRead();
  }

  private perform(services: SyncServices, syncId: string): Promise<unknown> {
    const never = new AbortController().signal;
    const signals = { signal: never, stopping: never };
    return syncAccount(services, { accountId: this.id, syncId }, signals).catch(
      (error: unknown) => {
        this.warnings.push(error);
      },
    );
  }

  private services(killSwitch: KillSwitch, http: HttpClient, onRequest: () => void): SyncServices {
    const provider = this.provider(http);
    const call = <T>(ask: (token: string) => Promise<T>): Promise<T> => {
      onRequest();
      return killSwitch.step(() => ask(this.token));
    };
    const warn = (fields: object) =>
      void this.warnings.push((fields as { err?: unknown }).err ?? fields);
    return {
      runs: killSwitch.wrap(this.runs),
      calendars: killSwitch.wrap(this.calendars),
      events: killSwitch.wrap(new EventStore(this.dataSource, RUN_MAY_WRITE)),
      provider: () => provider,
      limits: this.limits,
      gate: (write) => write(),
      schedule: this.schedule,
      collectGarbage: () => {},
      isPushed: async () => false,
      useToken: async (_account, ask) => {
        try {
          return await call(ask);
        } catch (error) {
          if (!(error as { accessTokenRejected?: boolean }).accessTokenRejected) throw error;
          this.token = this.sandbox.control.issueTokens({
            provider: this.options.provider,
            user: USER,
            scopes: SCOPES[this.options.provider],
          }).accessToken;
          return call(ask);
        }
      },
      markReauthorization: async () => {
        throw new Error('the account was given up');
      },
      settings: WINDOW,
      logger: { debug() {}, info() {}, warn, error: warn },
      now: () => this.clock.now,
      random: () => 0.5,
      sleep: async () => {},
    };
  }

  private provider(http: HttpClient): ProviderCalendars {
    const { google, microsoft } = this.sandbox;
    return this.options.provider === 'google'
      ? googleCalendars(http, google.calendarApiUrl)
      : microsoftCalendars(http, microsoft.graphUrl);
  }

  private async choose(choice: number): Promise<void> {
    const all = await this.calendars.list(this.id);
    const one = all[choice % all.length];
    if (one === undefined) return;
    await this.calendars.select(this.id, one.id, !one.selected);
    this.log.push(`${one.selected ? 'deselect' : 'select'} ${one.name}`);
  }

  /**
   * Every calendar that this moment's run claims to have read equals the provider's view of its
   * window.
   */
  private async compareRead(): Promise<void> {
    const { provider } = this.options;
    for (const calendar of await this.calendars.list(this.id)) {
      if (!calendar.selected || calendar.lastSyncedAt?.getTime() !== this.clock.now.getTime())
        continue;
      const { windowFrom: from, windowTo: to, providerCalendarId, id } = calendar;
      const seen = this.sandbox.control.view(provider, USER, providerCalendarId, from!, to!);
      const said = seen.map((one) =>
        line(one.id, one.seriesId, one.start, one.end, one.allDay, one.title || null, one.status),
      );
      const filter = {
        accountId: this.id,
        calendarId: id,
        from: null,
        to: null,
        limit: 100_000,
        cursor: null,
      };
      const kept = (await listEvents(this.dataSource, filter)).events.map((one) =>
        line(
          one.providerEventId,
          one.seriesId,
          one.startDate ?? one.startsAt.toISOString(),
          one.endDate ?? one.endsAt.toISOString(),
          one.allDay,
          one.title,
          one.status,
        ),
      );
      const missing = said.filter((one) => !kept.includes(one));
      const extra = kept.filter((one) => !said.includes(one));
      if (missing.length + extra.length > 0 || kept.length !== said.length)
        throw new Error(
          `${calendar.name} differs from the provider's\nmissing ${JSON.stringify(missing, null, 1)}\nextra ${JSON.stringify(extra, null, 1)}`,
        );
      const age = this.clock.now.getTime() - (from!.getTime() + WINDOW.pastDays * DAY);
      if (age > 9 * DAY)
        throw new Error(`${calendar.name} lags behind: its window is ${age / DAY} days old`);
    }
    const [{ half }] = await this.dataSource.query(
      `SELECT count(*)::integer AS half FROM events e JOIN calendars c ON c.id = e.calendar_id
        WHERE e.account_id = $1 AND e.kind <> 'master' AND e.sparse AND c.last_synced_at = $2`,
      [this.id, this.clock.now],
    );
    if (half > 0) throw new Error(`${half} occurrences were left bare`);
  }

  private async compareListing(): Promise<void> {
    const known = (await this.calendars.list(this.id)).map(
      (calendar) => calendar.providerCalendarId,
    );
    const there = this.hand.calendars().filter(({ hidden }) => !hidden);
    if (
      known.sort().join() !==
      there
        .map(({ id }) => id)
        .sort()
        .join()
    )
      throw new Error('the calendars differ');
    const unread = (await this.calendars.list(this.id)).filter(
      (one) => one.selected && one.lastSyncedAt?.getTime() !== this.clock.now.getTime(),
    );
    if (unread.length > 0) throw new Error(`${unread.map(({ name }) => name).join()} was not read`);
  }

  private pass(milliseconds: number): void {
    this.clock.now = new Date(this.clock.now.getTime() + milliseconds);
  }

  private async account() {
    return this.dataSource.getRepository(AccountSync).findOneByOrFail({ accountId: this.id });
  }
}

function line(...parts: unknown[]): string {
  return parts.join(' | ');
}

/** Plays a story to its end. A failure is reported with the moves before it. */
export async function play(
  dataSource: DataSource,
  options: StageOptions,
  moves: readonly Move[],
): Promise<Stage> {
  const stage = await Stage.set(dataSource, options);
  try {
    for (const move of moves) await stage.make(move);
    await stage.settle();
    return stage;
  } catch (error) {
    throw new Error(`${(error as Error).stack}\n--- what had happened\n${stage.log.join('\n')}`);
  } finally {
    await stage.strike();
  }
}
