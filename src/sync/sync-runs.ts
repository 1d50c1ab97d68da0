// The `sync` of a connected account, kept in its columns. Every write of a run names the run: once another has taken its
// place, or the account is on its way out, it changes nothing and says so.

import { randomUUID } from 'node:crypto';
import {
  type DataSource,
  type EntityManager,
  In,
  IsNull,
  LessThan,
  LessThanOrEqual,
  MoreThan,
  Not,
} from 'typeorm';
import { ConnectedAccount } from '../accounts/connected-account.js';
import { type ErrorCode, IntegrationError } from '../errors.js';
import type { ProviderId, SyncPhase, SyncTrigger } from '../vocabulary.js';

/** A running sync that has not shown life for so long (milliseconds) is dead. */
export const RUN_DEAD_AFTER_MS = 90_000;
/** A queued sync that nobody has begun for so long (milliseconds) may have lost its job. */
export const QUEUED_FORGOTTEN_AFTER_MS = 5 * 60_000;

/** What `queue` answers: the run that will serve the request, and whether it was there before. */
export interface Queued {
  readonly syncId: string;
  readonly state: 'queued' | 'running';
  readonly joined: boolean;
  /** Before then nothing is asked of the provider. */
  readonly notBefore: Date | null;
}

/** What a worker has to know of the run it begins. */
export interface BegunRun {
  readonly provider: ProviderId;
  readonly trigger: SyncTrigger | null;
  /** Failed runs in a row before this one. */
  readonly failures: number;
}

/** How a run ended that read what it could. */
export interface RunEnd {
  readonly state: 'idle' | 'backoff';
  /** The worst of its calendars; null when every one of them saved its cursor: only then does `lastSyncedAt` move. */
  readonly error: ErrorCode | null;
  /** Whether that counts as a failure of the account. */
  readonly failed: boolean;
  readonly nextSyncAt: Date;
  /** Until when the provider asked to be left alone. */
  readonly notBefore: Date | null;
  /** Whether a run that was asked for meanwhile may follow at once. */
  readonly againAtOnce: boolean;
}

export interface SyncProgress {
  readonly phase: SyncPhase;
  readonly calendarsDone: number;
  readonly calendarsTotal: number;
  readonly eventsSeen: number;
}

/** A run that stopped showing life. */
export interface StuckRun {
  readonly accountId: string;
  readonly syncId: string;
  readonly state: 'queued' | 'running';
  readonly failures: number;
}

/**
 * $1 account, $2 the run, $3 its trigger, $4 now, $5 since when a run must have shown life. What the last run's times were
 * stays until this one begins.
 */
const QUEUE_UNLESS_THERE = `
  UPDATE connected_accounts
     SET sync_id = $2, sync_state = 'queued', sync_trigger = $3, sync_phase = NULL, sync_heartbeat_at = $4,
         sync_calendars_done = 0, sync_calendars_total = 0, sync_events_seen = 0, sync_again = NULL, next_sync_at = NULL
   WHERE id = $1 AND status = 'connected'
     AND NOT (sync_id IS NOT NULL AND (sync_state = 'queued'
              OR (sync_state = 'running' AND $3::text <> 'connect' AND sync_heartbeat_at >= $5)))
  RETURNING sync_not_before AS "notBefore"`;

export class SyncRuns {
  constructor(
    private readonly dataSource: DataSource,
    private readonly now: () => Date,
  ) {}

  /**
   * Finds or makes the run that serves a request, inside the caller's transaction. A queued run is joined, a living one
   * too, which is then followed by exactly one more: it may have read already what the request is about. A new grant
   * (`connect`) never joins one that runs on the old.
   * @throws IntegrationError `account_not_found` (also while disconnecting), `reauthorization_required`
   */
  async queue(
    manager: EntityManager,
    accountId: string,
    { trigger }: { trigger: SyncTrigger },
  ): Promise<Queued> {
    // Nearly always there is nothing to join: one statement, then.
    const fresh = randomUUID();
    const alive = new Date(this.now().getTime() - RUN_DEAD_AFTER_MS);
    const [begun] = (await manager.query(QUEUE_UNLESS_THERE, [
      accountId,
      fresh,
      trigger,
      this.now(),
      alive,
    ])) as [{ notBefore: Date | null }[], number];
    if (begun[0] !== undefined)
      return { syncId: fresh, state: 'queued', joined: false, notBefore: begun[0].notBefore };
    const accounts = manager.getRepository(ConnectedAccount);
    const account = await accounts.findOne({
      where: { id: accountId },
      lock: { mode: 'for_no_key_update' },
    });
    if (account === null || account.status === 'disconnecting')
      throw new IntegrationError('account_not_found');
    if (account.status === 'reauthorization_required')
      throw new IntegrationError('reauthorization_required');
    const { syncId, syncState } = account;
    if (
      syncId !== null &&
      (syncState === 'queued' || (syncState === 'running' && this.isAlive(account, trigger)))
    ) {
      if (syncState === 'running') await accounts.update(accountId, { syncAgain: trigger });
      return { syncId, state: syncState, joined: true, notBefore: account.syncNotBefore };
    }
    // It ended between the two statements.
    await accounts.update(accountId, {
      syncId: fresh,
      syncState: 'queued',
      syncTrigger: trigger,
      syncPhase: null,
      syncHeartbeatAt: this.now(),
      syncCalendarsDone: 0,
      syncCalendarsTotal: 0,
      syncEventsSeen: 0,
      syncAgain: null,
      nextSyncAt: null,
    });
    return { syncId: fresh, state: 'queued', joined: false, notBefore: account.syncNotBefore };
  }

  /**
   * Takes up a queued run, or one whose worker died. Null when it is not to be done any more, or not yet: before the time
   * a provider has named nothing is asked of it, whoever wants it.
   */
  async begin(accountId: string, syncId: string): Promise<BegunRun | null> {
    const now = this.now();
    const run = {
      id: accountId,
      syncId,
      status: 'connected',
      syncState: In(['queued', 'running']),
    } as const;
    const begun = await this.write(
      [
        { ...run, syncNotBefore: IsNull() },
        { ...run, syncNotBefore: LessThanOrEqual(now) },
      ],
      {
        syncState: 'running',
        syncPhase: 'calendars',
        syncStartedAt: now,
        syncFinishedAt: null,
        syncHeartbeatAt: now,
        syncCalendarsDone: 0,
        syncCalendarsTotal: 0,
        syncEventsSeen: 0,
        // It begins from the beginning: whatever was asked before is served by it.
        syncAgain: null,
      },
    );
    if (!begun) {
      const wait = {
        syncState: 'backoff',
        syncPhase: null,
        nextSyncAt: () => 'sync_not_before',
      } as const;
      await this.write({ ...run, syncNotBefore: MoreThan(now) }, wait);
      return null;
    }
    const account = await this.dataSource
      .getRepository(ConnectedAccount)
      .findOneBy({ id: accountId, syncId });
    return (
      account && {
        provider: account.provider,
        trigger: account.syncTrigger,
        failures: account.syncFailures,
      }
    );
  }

  /** Whether the run may still write. */
  holds(accountId: string, syncId: string): Promise<boolean> {
    return this.dataSource
      .getRepository(ConnectedAccount)
      .existsBy({ id: accountId, syncId, status: 'connected' });
  }

  /** Shows progress, and that the run lives. */
  progress(accountId: string, syncId: string, progress: SyncProgress): Promise<boolean> {
    return this.write(
      { id: accountId, syncId, status: 'connected' },
      {
        syncPhase: progress.phase,
        syncCalendarsDone: progress.calendarsDone,
        syncCalendarsTotal: progress.calendarsTotal,
        syncEventsSeen: progress.eventsSeen,
        syncHeartbeatAt: this.now(),
      },
    );
  }

  /** Gives a run back that a worker has to leave: its job is taken up again, here or elsewhere. */
  putBack(accountId: string, syncId: string): Promise<boolean> {
    return this.write(
      { id: accountId, syncId, status: 'connected', syncState: 'running' },
      { syncState: 'queued', syncPhase: null, syncHeartbeatAt: this.now() },
    );
  }

  /** The run has ended. Where another was asked for meanwhile and may follow at once, the account is due at once. */
  finish(
    accountId: string,
    syncId: string,
    { state, error, failed, ...end }: RunEnd,
  ): Promise<boolean> {
    const now = this.now();
    const planned = `'${end.nextSyncAt.toISOString()}'::timestamptz`;
    const atOnce = `CASE WHEN sync_again IS NULL THEN ${planned} ELSE '${now.toISOString()}'::timestamptz END`;
    return this.write(
      { id: accountId, syncId, status: 'connected' },
      {
        syncState: state,
        syncPhase: null,
        syncFinishedAt: now,
        syncErrorCode: error,
        nextSyncAt: () => (end.againAtOnce ? atOnce : planned),
        syncNotBefore: end.notBefore,
        syncFailures: () => (failed ? 'sync_failures + 1' : '0'),
        ...(error === null ? { lastSyncedAt: now } : {}),
      },
    );
  }

  /** What triggers the run that is to follow one that has ended, if it is due: nobody has begun it yet. */
  async again(accountId: string): Promise<SyncTrigger | null> {
    const account = await this.repository().findOneBy({
      id: accountId,
      status: 'connected',
      nextSyncAt: LessThanOrEqual(this.now()),
      syncState: Not(In(['queued', 'running'])),
    });
    return account?.syncAgain ?? null;
  }

  /** The run has failed as a whole. Also said of an account that lost its grant meanwhile, which is not scheduled again. */
  async fail(
    accountId: string,
    syncId: string,
    {
      code,
      retryable,
      nextSyncAt,
      notBefore,
    }: {
      code: ErrorCode;
      retryable: boolean;
      nextSyncAt: Date | null;
      notBefore?: Date | undefined;
    },
  ): Promise<boolean> {
    const end = {
      syncPhase: null,
      syncFinishedAt: this.now(),
      syncErrorCode: code,
      syncFailures: () => 'sync_failures + 1',
    };
    const run = { id: accountId, syncId };
    return (
      (await this.write(
        { ...run, status: 'connected' },
        {
          ...end,
          syncState: retryable ? 'backoff' : 'error',
          nextSyncAt,
          syncNotBefore: notBefore,
        },
      )) ||
      (await this.write(
        { ...run, status: 'reauthorization_required' },
        { ...end, syncState: 'error', nextSyncAt: null },
      ))
    );
  }

  /** Ends a run whose account lost its grant meanwhile; any other is left alone. */
  endWithoutGrant(accountId: string, syncId: string): Promise<boolean> {
    return this.write(
      { id: accountId, syncId, status: 'reauthorization_required' },
      {
        syncState: 'error',
        syncPhase: null,
        syncFinishedAt: this.now(),
        syncErrorCode: 'reauthorization_required',
        nextSyncAt: null,
      },
    );
  }

  /** Where the next sync is planned for later than `at`, it is at `at`. */
  async noLaterThan(accountId: string, at: Date): Promise<void> {
    await this.write(
      { id: accountId, status: 'connected', nextSyncAt: MoreThan(at) },
      { nextSyncAt: at },
    );
  }

  /** A queued run has been looked after. */
  touchQueued(accountId: string, syncId: string): Promise<boolean> {
    return this.write(
      { id: accountId, syncId, status: 'connected', syncState: 'queued' },
      { syncHeartbeatAt: this.now() },
    );
  }

  /** Accounts whose time has come, the longest overdue first. */
  async due(limit: number): Promise<string[]> {
    const rows = await this.dataSource.getRepository(ConnectedAccount).find({
      select: { id: true },
      where: {
        status: 'connected',
        nextSyncAt: LessThanOrEqual(this.now()),
        syncState: Not(In(['queued', 'running'])),
      },
      order: { nextSyncAt: 'ASC' },
      take: limit,
    });
    return rows.map((row) => row.id);
  }

  /** Runs that died with their worker, and queued ones whose job may be lost. */
  async stuck(limit: number): Promise<StuckRun[]> {
    const before = (milliseconds: number) =>
      LessThan(new Date(this.now().getTime() - milliseconds));
    const connected = { status: 'connected', syncId: Not(IsNull()) } as const;
    const rows = await this.dataSource.getRepository(ConnectedAccount).find({
      select: { id: true, syncId: true, syncState: true, syncFailures: true },
      where: [
        { ...connected, syncState: 'running', syncHeartbeatAt: before(RUN_DEAD_AFTER_MS) },
        { ...connected, syncState: 'queued', syncHeartbeatAt: before(QUEUED_FORGOTTEN_AFTER_MS) },
      ],
      take: limit,
    });
    return rows.map((row) => ({
      accountId: row.id,
      syncId: row.syncId!,
      state: row.syncState as 'queued' | 'running',
      failures: row.syncFailures,
    }));
  }

  private isAlive(account: ConnectedAccount, trigger: SyncTrigger): boolean {
    const seen = account.syncHeartbeatAt?.getTime() ?? 0;
    return trigger !== 'connect' && seen >= this.now().getTime() - RUN_DEAD_AFTER_MS;
  }

  private async write(
    where: Parameters<ReturnType<typeof this.repository>['update']>[0],
    values: Parameters<ReturnType<typeof this.repository>['update']>[1],
  ): Promise<boolean> {
    const { affected } = await this.repository().update(where, values);
    return affected === 1;
  }

  private repository() {
    return this.dataSource.getRepository(ConnectedAccount);
  }
}
