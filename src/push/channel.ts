// A push channel: the provider sends notices of one calendar, each with the channel's secret.

import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import type { ErrorCode } from '../errors.js';

/**
 * `pending`: the request was sent. `active`: the provider agreed, until `expiresAt`. `failed`: the
 * request is sent again at `retryAt`. `unsupported`: this calendar cannot be watched. `retired`:
 * not wanted any more, and to be stopped.
 */
export type ChannelState = 'pending' | 'active' | 'failed' | 'unsupported' | 'retired';

/** A row of `push_channels`. */
@Entity({ name: 'push_channels' })
@Check(
  'push_channels_state_check',
  `state IN ('pending', 'active', 'failed', 'unsupported', 'retired')`,
)
@Index('push_channels_one_active', ['calendarId'], { unique: true, where: `state = 'active'` })
@Index('push_channels_one_attempt', ['calendarId'], {
  unique: true,
  where: `state IN ('pending', 'failed', 'unsupported')`,
})
@Index('push_channels_by_account', ['accountId'])
@Index('push_channels_by_calendar', ['calendarId'])
@Index('push_channels_by_resource', ['resourceId'])
@Index('push_channels_to_renew', ['renewAt'], { where: `state = 'active'` })
// NULLS FIRST cannot be declared here: the migration makes this one.
@Index('push_channels_to_retry', { synchronize: false })
export class PushChannel {
  /** Chosen by us. Every notice names it. */
  @PrimaryColumn('uuid')
  id!: string;

  @Column('uuid', { name: 'account_id' })
  @ForeignKey('ConnectedAccount', { name: 'push_channels_account_id_fkey', onDelete: 'CASCADE' })
  accountId!: string;

  /** Null once the calendar is deleted. */
  @Column('uuid', { name: 'calendar_id', nullable: true })
  @ForeignKey('Calendar', { name: 'push_channels_calendar_id_fkey', onDelete: 'SET NULL' })
  calendarId!: string | null;

  /** The provider's own id of the channel, needed to stop it. */
  @Column({ type: 'text', name: 'resource_id', collation: 'C', nullable: true })
  resourceId!: string | null;

  /** SHA-256 of the secret. */
  @Column('bytea', { name: 'secret_hash', select: false })
  secretHash!: Buffer;

  /** Where the provider sends notices. */
  @Column('text')
  address!: string;

  @Column('text')
  state!: ChannelState;

  /** When the last request to open or renew it was sent. */
  @Column('timestamptz', { name: 'attempted_at' })
  attemptedAt!: Date;

  @Column('timestamptz', { name: 'expires_at', nullable: true })
  expiresAt!: Date | null;

  @Column('timestamptz', { name: 'renew_at', nullable: true })
  renewAt!: Date | null;

  @Column('timestamptz', { name: 'retry_at', nullable: true })
  retryAt!: Date | null;

  /** Failed requests in a row, for the backoff. */
  @Column('integer', { default: 0 })
  failures!: number;

  @Column('text', { name: 'error_code', nullable: true })
  errorCode!: ErrorCode | null;

  @Column('timestamptz', { name: 'last_notified_at', nullable: true })
  lastNotifiedAt!: Date | null;

  /** The first notice of the minute that `burstCount` counts. */
  @Column('timestamptz', { name: 'burst_started_at', nullable: true })
  burstStartedAt!: Date | null;

  @Column('integer', { name: 'burst_count', default: 0 })
  burstCount!: number;
}
