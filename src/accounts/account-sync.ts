// The `sync` of a connected account, kept in its columns. Every write of a run names the run: once another has taken its
// place, or the account is on its way out, it changes nothing and says so.

import { randomUUID } from 'node:crypto';
import { type DataSource, type EntityManager, In, IsNull, LessThan, LessThanOrEqual, Not } from 'typeorm';
import { type ErrorCode, IntegrationError } from '../errors.js';
import type { ProviderId, SyncPhase, SyncTrigger } from '../vocabulary.js';
import { ConnectedAccount } from './connected-account.js';

/** A running sync that has not shown life for so long (milliseconds) is dead. */
export const RUN_DEAD_AFTER_MS = 90_000;
/** A queued sync that nobody has begun for so long (milliseconds) may have lost its job. */
export const QUEUED_FORGOTTEN_AFTER_MS = 5 * 60_000;

/** What `queue` answers: the run that will serve the request, and whether it was there before. */
export interface Queued {
  readonly syncId: string;
  readonly state: 'queued' | 'running';
  readonly joined: boolean;
}

/** What a worker has to know of the run it begins. */
export interface BegunRun {
  readonly provider: ProviderId;
  readonly trigger: SyncTrigger | null;
  /** Failed runs in a row before this one. */
  readonly failures: number;
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

export class AccountSync {
  constructor(
    private readonly dataSource: DataSource,
    private readonly now: () => Date,
  ) {}

  /**
   * Finds or makes the run that serves a request, inside the caller's transaction. A queued run is joined, a living one
   * too; but a new grant (`connect`) never joins one that runs on the old.
   * @throws IntegrationError `account_not_found` (also while disconnecting), `reauthorization_required`
   */
  async queue(manager: EntityManager, accountId: string, { trigger }: { trigger: SyncTrigger }): Promise<Queued> {
    const accounts = manager.getRepository(ConnectedAccount);
    const account = await accounts.findOne({ where: { id: accountId }, lock: { mode: 'for_no_key_update' } });
    if (account === null || account.status === 'disconnecting') throw new IntegrationError('account_not_found');
    if (account.status === 'reauthorization_required') throw new IntegrationError('reauthorization_required');
    const { syncId, syncState } = account;
    if (syncId !== null && (syncState === 'queued' || (syncState === 'running' && this.isAlive(account, trigger))))
      return { syncId, state: syncState, joined: true };
    const fresh = randomUUID();
    await accounts.update(accountId, {
      syncId: fresh,
      syncState: 'queued',
      syncTrigger: trigger,
      syncPhase: null,
      syncStartedAt: null,
      syncFinishedAt: null,
      syncHeartbeatAt: this.now(),
      syncCalendarsDone: 0,
      syncCalendarsTotal: 0,
      syncEventsSeen: 0,
      nextSyncAt: null,
    });
    return { syncId: fresh, state: 'queued', joined: false };
  }

  /** Takes up a queued run, or one whose worker died. Null when it is not to be done any more. */
  async begin(accountId: string, syncId: string): Promise<BegunRun | null> {
    const now = this.now();
    const begun = await this.write(
      { id: accountId, syncId, status: 'connected', syncState: In(['queued', 'running']) },
      {
        syncState: 'running',
        syncPhase: 'calendars',
        syncStartedAt: now,
        syncHeartbeatAt: now,
        syncCalendarsDone: 0,
        syncCalendarsTotal: 0,
        syncEventsSeen: 0,
      },
    );
    if (!begun) return null;
    const account = await this.dataSource.getRepository(ConnectedAccount).findOneBy({ id: accountId, syncId });
    return account && { provider: account.provider, trigger: account.syncTrigger, failures: account.syncFailures };
  }

  /** Whether the run may still write. */
  holds(accountId: string, syncId: string): Promise<boolean> {
    return this.dataSource.getRepository(ConnectedAccount).existsBy({ id: accountId, syncId, status: 'connected' });
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

  /**
   * The run has ended. `error` is the worst of its calendars, null when every one of them saved its cursor: only then
   * does `lastSyncedAt` move.
   */
  succeed(
    accountId: string,
    syncId: string,
    { nextSyncAt, error }: { nextSyncAt: Date; error: ErrorCode | null },
  ): Promise<boolean> {
    const now = this.now();
    return this.write(
      { id: accountId, syncId, status: 'connected' },
      {
        syncState: 'idle',
        syncPhase: null,
        syncFinishedAt: now,
        syncErrorCode: error,
        nextSyncAt,
        ...(error === null ? { syncFailures: 0, lastSyncedAt: now } : { syncFailures: () => 'sync_failures + 1' }),
      },
    );
  }

  /** The run has failed as a whole. Also said of an account that lost its grant meanwhile, which is not scheduled again. */
  async fail(
    accountId: string,
    syncId: string,
    { code, retryable, nextSyncAt }: { code: ErrorCode; retryable: boolean; nextSyncAt: Date | null },
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
        { ...end, syncState: retryable ? 'backoff' : 'error', nextSyncAt },
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
    const before = (milliseconds: number) => LessThan(new Date(this.now().getTime() - milliseconds));
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
