// An event as it is stored: one row for every occurrence in the window (docs/model.md).

import { Check, Column, Entity, ForeignKey, Index, PrimaryGeneratedColumn, Unique } from 'typeorm';
import type {
  Attendee,
  EventKind,
  EventRecord,
  EventTime,
  Organizer,
  Reminders,
} from '../event-model.js';

/** Condition on a row: it lasts longer than a day. Few do, and those are searched apart. */
export const IS_LONG = `ends_at - starts_at > interval '1 day'`;

/** Condition on a row: it does not, and may end after `time`. */
export function isShortFrom(time: string): string {
  return `NOT (${IS_LONG}) AND starts_at >= ${time}::timestamptz - interval '24 hours'`;
}

/**
 * The values of an event that are stored as the provider's mapping made them. Times are stored in
 * another form.
 */
type StoredValues = Omit<EventRecord, 'start' | 'end' | 'createdAt' | 'updatedAt'>;

/** A row of `events`. */
@Entity({ name: 'events' })
@Unique('events_one_per_calendar', ['calendarId', 'providerEventId'])
@Check(
  'events_all_day_has_dates',
  '(NOT all_day) OR (start_date IS NOT NULL AND end_date IS NOT NULL)',
)
@Index('events_of_series', ['calendarId', 'seriesId'], { where: 'series_id IS NOT NULL' })
@Index('events_to_complete', ['calendarId', 'seriesId'], { where: 'sparse' })
@Index('events_masters', ['calendarId'], { where: `kind = 'master'` })
@Index('events_by_account_and_start', ['accountId', 'startsAt', 'id'], { where: 'shown' })
@Index('events_by_calendar_and_start', ['calendarId', 'startsAt', 'id'], { where: 'shown' })
@Index('events_by_start', ['startsAt'], { where: 'shown AND NOT all_day' })
@Index('events_by_end', ['endsAt'], { where: 'shown AND NOT all_day' })
@Index('events_of_days_by_start', ['startsAt'], { where: 'shown AND all_day' })
@Index('events_of_days_by_end', ['endsAt'], { where: 'shown AND all_day' })
@Index('events_long', ['accountId', 'startsAt', 'id'], { where: `shown AND ${IS_LONG}` })
@Index('events_by_change', ['accountId', 'changedAt', 'id'], { where: 'shown' })
export class CalendarEvent implements StoredValues {
  @PrimaryGeneratedColumn('uuid')
  id!: string;

  @Column('uuid', { name: 'account_id' })
  accountId!: string;

  @Column('uuid', { name: 'calendar_id' })
  @ForeignKey('Calendar', { name: 'events_calendar_id_fkey', onDelete: 'CASCADE' })
  calendarId!: string;

  @Column({ type: 'text', name: 'provider_event_id', collation: 'C' })
  providerEventId!: string;

  @Column({ type: 'text', name: 'series_id', collation: 'C', nullable: true })
  seriesId!: string | null;

  @Column('text', { name: 'ical_uid', nullable: true })
  iCalUid!: string | null;

  @Column('text', { nullable: true })
  etag!: string | null;

  @Column('text', { nullable: true })
  title!: string | null;

  @Column('text', { nullable: true })
  description!: string | null;

  @Column('text', { nullable: true })
  location!: string | null;

  @Column('text')
  kind!: EventKind;

  @Column('jsonb', { name: 'original_start', nullable: true })
  originalStart!: EventTime | null;

  @Column('boolean', { name: 'all_day' })
  allDay!: boolean;

  /**
   * The instant when it begins; for an all-day event midnight UTC of its first day, for ordering
   * and windows only.
   */
  @Column('timestamptz', { name: 'starts_at' })
  startsAt!: Date;

  @Column('timestamptz', { name: 'ends_at' })
  endsAt!: Date;

  /** `YYYY-MM-DD`, for all-day events only. The end is exclusive. */
  @Column('date', { name: 'start_date', nullable: true })
  startDate!: string | null;

  @Column('date', { name: 'end_date', nullable: true })
  endDate!: string | null;

  @Column('text', { name: 'start_time_zone', nullable: true })
  startTimeZone!: string | null;

  @Column('text', { name: 'end_time_zone', nullable: true })
  endTimeZone!: string | null;

  @Column('text')
  status!: EventRecord['status'];

  @Column('boolean')
  busy!: boolean;

  @Column('text', { name: 'event_type' })
  eventType!: string;

  @Column('text')
  visibility!: EventRecord['visibility'];

  @Column('jsonb', { nullable: true })
  organizer!: Organizer | null;

  @Column('jsonb')
  attendees!: Attendee[];

  @Column('text', { name: 'self_response', nullable: true })
  selfResponse!: EventRecord['selfResponse'];

  @Column('text', { name: 'conference_url', nullable: true })
  conferenceUrl!: string | null;

  @Column('jsonb', { nullable: true })
  reminders!: Reminders | null;

  @Column('text', { nullable: true })
  link!: string | null;

  @Column('timestamptz', { name: 'provider_created_at', nullable: true })
  providerCreatedAt!: Date | null;

  @Column('timestamptz', { name: 'provider_updated_at', nullable: true })
  providerUpdatedAt!: Date | null;

  /** A bare occurrence: its content is still to be copied from its series' master. */
  @Column('boolean')
  sparse!: boolean;

  /**
   * Whether readers see it: it is not a master, and was complete at least once. Until it is
   * completed again, its old content is shown.
   */
  @Column('boolean')
  shown!: boolean;

  /** The round (one reading of the calendar up to its cursor) that saw it last. */
  @Column('uuid')
  round!: string;

  /** When a value that readers see last changed. A trigger sets it. */
  @Column('timestamptz', { name: 'changed_at', default: () => 'now()' })
  changedAt!: Date;
}

/** What only this service needs of a row: ids of ours, and the state of syncing. */
type InternalProperty = 'id' | 'accountId' | 'calendarId' | 'shown' | 'round' | 'changedAt';

/** A property that comes from the provider. */
export type EventProperty = Exclude<keyof CalendarEvent, InternalProperty>;

/**
 * Where a bare occurrence has each value from: its own item, or its series' master. A new property
 * needs a line here, and a migration for its column (docs/changing.md, "A field of an event").
 */
export const VALUE_SOURCES = {
  providerEventId: 'occurrence',
  seriesId: 'occurrence',
  iCalUid: 'master',
  etag: 'occurrence',
  title: 'master',
  description: 'master',
  location: 'master',
  kind: 'occurrence',
  originalStart: 'occurrence',
  allDay: 'occurrence',
  startsAt: 'occurrence',
  endsAt: 'occurrence',
  startDate: 'occurrence',
  endDate: 'occurrence',
  startTimeZone: 'master',
  endTimeZone: 'master',
  status: 'master',
  busy: 'master',
  eventType: 'master',
  visibility: 'master',
  organizer: 'master',
  attendees: 'master',
  selfResponse: 'master',
  conferenceUrl: 'master',
  reminders: 'master',
  link: 'master',
  providerCreatedAt: 'master',
  providerUpdatedAt: 'master',
  sparse: 'occurrence',
} as const satisfies Record<EventProperty, 'occurrence' | 'master'>;
