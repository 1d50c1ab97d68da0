// A connected account: a grant we keep, belonging to one user. One row per (user, provider, provider account).

import { Check, Column, Entity, Index, PrimaryColumn, Unique } from 'typeorm';
import type { ErrorCode } from '../errors.js';
import type {
  AccountStatus,
  StatusReason,
  SyncPhase,
  SyncState,
  SyncTrigger,
} from '../vocabulary.js';

/** A row of `connected_accounts`. */
@Entity({ name: 'connected_accounts' })
@Unique('connected_accounts_one_per_user', ['userId', 'provider', 'providerAccountId'])
@Check(
  'connected_accounts_status_check',
  `status IN ('connected', 'reauthorization_required', 'disconnecting')`,
)
@Check(
  'connected_accounts_sync_state_check',
  `sync_state IN ('idle', 'queued', 'running', 'backoff', 'error')`,
)
// A descending order cannot be declared here: the migrations make these two.
@Index('connected_accounts_by_user', { synchronize: false })
@Index('connected_accounts_by_age', { synchronize: false })
@Index('connected_accounts_by_provider_account', ['provider', 'providerAccountId'])
@Index('connected_accounts_due', ['nextSyncAt'], { where: `status = 'connected'` })
export class ConnectedAccount {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('text', { name: 'user_id' })
  userId!: string;

  @Column('text')
  provider!: string;

  @Column({ type: 'text', name: 'provider_account_id', collation: 'C' })
  providerAccountId!: string;

  @Column('text', { nullable: true })
  email!: string | null;

  @Column('text', { name: 'display_name', nullable: true })
  displayName!: string | null;

  @Column('text', { array: true })
  scopes!: string[];

  @Column('text')
  status!: AccountStatus;

  @Column('text', { name: 'status_reason', nullable: true })
  statusReason!: StatusReason | null;

  /** Sealed (token-cipher.ts). Only access-token.ts and disconnecting open it. */
  @Column('text', { name: 'access_token', select: false })
  accessToken!: string;

  @Column('text', { name: 'refresh_token', select: false })
  refreshToken!: string;

  @Column('timestamptz', { name: 'access_token_expires_at', select: false })
  accessTokenExpiresAt!: Date;

  /** Grows with every change of the tokens, so that a slow refresh cannot overwrite a newer grant. */
  @Column('integer', { name: 'token_version', select: false, default: 1 })
  tokenVersion!: number;

  @Column('timestamptz', { name: 'connected_at' })
  connectedAt!: Date;

  @Column('timestamptz', { name: 'updated_at' })
  updatedAt!: Date;

  @Column('timestamptz', { name: 'last_synced_at', nullable: true })
  lastSyncedAt!: Date | null;

  @Column('timestamptz', { name: 'next_sync_at', nullable: true })
  nextSyncAt!: Date | null;

  /** The run that may write this account's calendars; a run that is no longer named here stops. */
  @Column('uuid', { name: 'sync_id', nullable: true })
  syncId!: string | null;

  @Column('text', { name: 'sync_state', default: 'idle' })
  syncState!: SyncState;

  @Column('text', { name: 'sync_phase', nullable: true })
  syncPhase!: SyncPhase | null;

  @Column('text', { name: 'sync_trigger', nullable: true })
  syncTrigger!: SyncTrigger | null;

  @Column('timestamptz', { name: 'sync_started_at', nullable: true })
  syncStartedAt!: Date | null;

  @Column('timestamptz', { name: 'sync_finished_at', nullable: true })
  syncFinishedAt!: Date | null;

  /** When the run last showed that it lives. */
  @Column('timestamptz', { name: 'sync_heartbeat_at', nullable: true })
  syncHeartbeatAt!: Date | null;

  @Column('integer', { name: 'sync_calendars_done', default: 0 })
  syncCalendarsDone!: number;

  @Column('integer', { name: 'sync_calendars_total', default: 0 })
  syncCalendarsTotal!: number;

  @Column('integer', { name: 'sync_events_seen', default: 0 })
  syncEventsSeen!: number;

  @Column('text', { name: 'sync_error_code', nullable: true })
  syncErrorCode!: ErrorCode | null;

  /** Failed runs in a row, for the backoff. */
  @Column('integer', { name: 'sync_failures', default: 0 })
  syncFailures!: number;

  /** Somebody asked during the run: what triggers the one that is to follow it. */
  @Column('text', { name: 'sync_again', nullable: true })
  syncAgain!: SyncTrigger | null;

  /** Until when the provider asked to be left alone; no request of the account goes out before. */
  @Column('timestamptz', { name: 'sync_not_before', nullable: true })
  syncNotBefore!: Date | null;
}
