// A push channel: a calendar's provider was asked to tell us of changes, and proves itself by a secret.

import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { ErrorCode } from '../errors.js';

/**
 * `pending`: the provider is being asked. `active`: it said yes, until `expiresAt`. `failed`: it is asked again at
 * `retryAt`. `unsupported`: this calendar cannot be watched. `retired`: no longer wanted, to be stopped.
 */
export type ChannelState = 'pending' | 'active' | 'failed' | 'unsupported' | 'retired';

@Entity({ name: 'push_channels' })
export class PushChannel {
  /** Chosen by us, and what the provider calls it by when it notifies. */
  @PrimaryColumn('uuid')
  id!: string;

  @Column('uuid', { name: 'account_id' })
  accountId!: string;

  /** Null once the calendar is gone. */
  @Column('uuid', { name: 'calendar_id', nullable: true })
  calendarId!: string | null;

  /** The provider's own id of what is watched, or of the watching; needed to stop it. */
  @Column('text', { name: 'resource_id', nullable: true })
  resourceId!: string | null;

  /** SHA-256 of the secret. */
  @Column('bytea', { name: 'secret_hash', select: false })
  secretHash!: Buffer;

  /** Where notifications were asked to go. */
  @Column('text')
  address!: string;

  @Column('text')
  state!: ChannelState;

  /** When the provider was last asked to open or renew it. */
  @Column('timestamptz', { name: 'attempted_at' })
  attemptedAt!: Date;

  @Column('timestamptz', { name: 'expires_at', nullable: true })
  expiresAt!: Date | null;

  @Column('timestamptz', { name: 'renew_at', nullable: true })
  renewAt!: Date | null;

  @Column('timestamptz', { name: 'retry_at', nullable: true })
  retryAt!: Date | null;

  /** Failed attempts in a row, for the backoff. */
  @Column('integer')
  failures!: number;

  @Column('text', { name: 'error_code', nullable: true })
  errorCode!: ErrorCode | null;

  @Column('timestamptz', { name: 'last_notified_at', nullable: true })
  lastNotifiedAt!: Date | null;

  /** The first notification of the minute that `burstCount` counts. */
  @Column('timestamptz', { name: 'burst_started_at', nullable: true })
  burstStartedAt!: Date | null;

  @Column('integer', { name: 'burst_count' })
  burstCount!: number;
}
