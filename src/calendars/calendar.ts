// A calendar of a connected account, with the cursor where reading it stopped.

import { Column, Entity, ForeignKey, PrimaryColumn, Unique } from 'typeorm';
import type { ErrorCode } from '../errors.js';
import type { AccessRole, SyncState } from '../vocabulary.js';

/** A row of `calendars`. The constraints are declared as the migrations made them, so that the two can be compared. */
@Entity({ name: 'calendars' })
@Unique('calendars_one_per_account', ['accountId', 'providerCalendarId'])
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

  /** The reading of it in progress, or the last one: pages of any other are refused. Null once it is no longer synced. */
  @Column('uuid', { nullable: true, select: false })
  round!: string | null;

  /**
   * Pages of a reading were saved that did not come to its end. Its cursor knows nothing of them: what they brought and
   * the provider took back since would never be taken back here. Hence the next reading is a full one.
   */
  @Column('boolean', { name: 'partly_read', select: false, default: false })
  partlyRead!: boolean;

  /** The window the cursor was made with. */
  @Column('timestamptz', { name: 'window_from', nullable: true })
  windowFrom!: Date | null;

  @Column('timestamptz', { name: 'window_to', nullable: true })
  windowTo!: Date | null;

  @Column('timestamptz', { name: 'last_synced_at', nullable: true })
  lastSyncedAt!: Date | null;

  @Column('text', { name: 'sync_state', default: 'idle' })
  syncState!: SyncState;

  @Column('text', { name: 'sync_error_code', nullable: true })
  syncErrorCode!: ErrorCode | null;

  /** Failed readings in a row, for the backoff. */
  @Column('integer', { default: 0 })
  failures!: number;

  /** When reading it was last begun. */
  @Column('timestamptz', { name: 'attempted_at', nullable: true })
  attemptedAt!: Date | null;

  /** Not read before, unless somebody asks: it has failed. Null: with every run. */
  @Column('timestamptz', { name: 'next_attempt_at', nullable: true })
  nextAttemptAt!: Date | null;

  /** Events of the last full sync and since that could not be read. */
  @Column('integer', { name: 'events_skipped', default: 0 })
  eventsSkipped!: number;
}
