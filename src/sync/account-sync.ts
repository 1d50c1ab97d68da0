// The sync of one connected account: the run that may write, how far it is, how the last one ended,
// when the next is due.

import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import type { ErrorCode } from '../errors.js';
import type { SyncPhase, SyncState, SyncTrigger } from '../vocabulary.js';

/** Why an account is not synced at present. */
export type PausedFor = 'reauthorization_required' | 'disconnecting';

/** One row per connected account. It is made when the account is connected and deleted with it. */
@Entity({ name: 'account_syncs' })
@Check(
  'account_syncs_paused_for_check',
  `paused_for IN ('reauthorization_required', 'disconnecting')`,
)
@Check('account_syncs_state_check', `state IN ('idle', 'queued', 'running', 'backoff', 'error')`)
// Accounts that are due are searched apart, by whether their last run failed (queue-run.ts).
@Index('account_syncs_due_first', ['nextSyncAt'], {
  where: `paused_for IS NULL
    AND NOT (failures > 0 OR error_code IS NOT DISTINCT FROM 'provider_unavailable')`,
})
@Index('account_syncs_due_failed', ['nextSyncAt'], {
  where: `paused_for IS NULL
    AND (failures > 0 OR error_code IS NOT DISTINCT FROM 'provider_unavailable')`,
})
@Index('account_syncs_open', ['state', 'heartbeatAt'], {
  where: `state IN ('queued', 'running')`,
})
export class AccountSync {
  @PrimaryColumn('uuid', { name: 'account_id' })
  @ForeignKey('ConnectedAccount', {
    name: 'account_syncs_account_id_fkey',
    onDelete: 'CASCADE',
  })
  accountId!: string;

  /** Written in the transaction that changes the account's status. Null: the account is synced. */
  @Column('text', { name: 'paused_for', nullable: true })
  pausedFor!: PausedFor | null;

  /** The run that may write this account's calendars. A run that is no longer named here stops. */
  @Column('uuid', { name: 'sync_id', nullable: true })
  syncId!: string | null;

  @Column('text', { default: 'idle' })
  state!: SyncState;

  @Column('text', { nullable: true })
  phase!: SyncPhase | null;

  @Column('text', { nullable: true })
  trigger!: SyncTrigger | null;

  @Column('timestamptz', { name: 'started_at', nullable: true })
  startedAt!: Date | null;

  @Column('timestamptz', { name: 'finished_at', nullable: true })
  finishedAt!: Date | null;

  /** When the run last reported that it is alive. */
  @Column('timestamptz', { name: 'heartbeat_at', nullable: true })
  heartbeatAt!: Date | null;

  @Column('integer', { name: 'calendars_done', default: 0 })
  calendarsDone!: number;

  @Column('integer', { name: 'calendars_total', default: 0 })
  calendarsTotal!: number;

  @Column('integer', { name: 'events_seen', default: 0 })
  eventsSeen!: number;

  @Column('text', { name: 'error_code', nullable: true })
  errorCode!: ErrorCode | null;

  /** Failed runs in a row, for the backoff. */
  @Column('integer', { default: 0 })
  failures!: number;

  /** The trigger of a request that came during the run. One more run follows for it. */
  @Column('text', { nullable: true })
  again!: SyncTrigger | null;

  /** The provider asked for no request before this time. */
  @Column('timestamptz', { name: 'not_before', nullable: true })
  notBefore!: Date | null;

  /** When a run last read every selected calendar. */
  @Column('timestamptz', { name: 'last_synced_at', nullable: true })
  lastSyncedAt!: Date | null;

  @Column('timestamptz', { name: 'next_sync_at', nullable: true })
  nextSyncAt!: Date | null;
}
