// A calendar of a connected account, with the cursor where reading it stopped.

import { Column, Entity, ForeignKey, Index, PrimaryColumn, Unique } from 'typeorm';
import type { ErrorCode } from '../errors.js';
import type { AccessRole, SyncState } from '../vocabulary.js';

/**
 * A row of `calendars`. The constraints are declared as the migrations made them, so that the two
 * can be compared.
 */
@Entity({ name: 'calendars' })
@Unique('calendars_one_per_account', ['accountId', 'providerCalendarId'])
@Index('calendars_gone', ['goneAt'], { where: 'gone_at IS NOT NULL' })
export class Calendar {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('uuid', { name: 'account_id' })
  @ForeignKey('ConnectedAccount', { name: 'calendars_account_id_fkey', onDelete: 'CASCADE' })
  accountId!: string;

  @Column({ type: 'text', name: 'provider_calendar_id', collation: 'C' })
  providerCalendarId!: string;

  @Column('text')
  name!: string;

  @Column('text', { nullable: true })
  description!: string | null;

  @Column('text', { name: 'time_zone', nullable: true })
  timeZone!: string | null;

  @Column('text', { nullable: true })
  color!: string | null;

  @Column('boolean', { name: 'is_primary' })
  primary!: boolean;

  @Column('text', { name: 'access_role' })
  accessRole!: AccessRole;

  @Column('boolean')
  selected!: boolean;

  /** Google's sync token or Microsoft's delta link; null until a full sync has ended. */
  @Column('text', { nullable: true, select: false })
  cursor!: string | null;

  /**
   * The round in progress, or the last one. Pages of any other round are refused. Null while it is
   * not synced.
   */
  @Column('uuid', { nullable: true, select: false })
  round!: string | null;

  /**
   * A round saved some of its pages and was not completed. An event that it brought and that the
   * provider deleted since would stay here, because the cursor is older than the event. So the next
   * round is a full one.
   */
  @Column('boolean', { name: 'partly_read', select: false, default: false })
  partlyRead!: boolean;

  /** The window the cursor was made with. */
  @Column('timestamptz', { name: 'window_from', nullable: true })
  windowFrom!: Date | null;

  @Column('timestamptz', { name: 'window_to', nullable: true })
  windowTo!: Date | null;

  /** The UTC day on which the window was made. Version 0.1.0 does not write it. */
  @Column('timestamptz', { name: 'window_made_on', nullable: true })
  windowMadeOn!: Date | null;

  @Column('timestamptz', { name: 'last_synced_at', nullable: true })
  lastSyncedAt!: Date | null;

  @Column('text', { name: 'sync_state', default: 'idle' })
  syncState!: SyncState;

  @Column('text', { name: 'sync_error_code', nullable: true })
  syncErrorCode!: ErrorCode | null;

  /** Failed rounds in a row, for the backoff. */
  @Column('integer', { default: 0 })
  failures!: number;

  /** When the last round began. */
  @Column('timestamptz', { name: 'attempted_at', nullable: true })
  attemptedAt!: Date | null;

  /**
   * A scheduled run does not read the calendar before, because it failed. Null: every run reads it.
   */
  @Column('timestamptz', { name: 'next_attempt_at', nullable: true })
  nextAttemptAt!: Date | null;

  /**
   * When the provider's list of calendars dropped it. It is neither shown nor synced then, and keeps
   * its id and selection in case that it comes back. Null: it is listed.
   */
  @Column('timestamptz', { name: 'gone_at', nullable: true, select: false })
  goneAt!: Date | null;

  /** How many events since the last full sync, and in it, could not be stored. */
  @Column('integer', { name: 'events_skipped', default: 0 })
  eventsSkipped!: number;
}
