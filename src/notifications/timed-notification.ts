// The edges of events for which notifications were written, so that each is announced once.

import { Entity, Index, PrimaryColumn } from 'typeorm';
import type { TimedType } from '../notification-types.js';

/** A row of `timed_notifications`. It is deleted an hour after its moment. */
@Entity({ name: 'timed_notifications' })
@Index('timed_notifications_by_moment', ['moment'])
export class TimedNotification {
  @PrimaryColumn('uuid', { name: 'event_id' })
  eventId!: string;

  @PrimaryColumn('text')
  type!: TimedType;

  /** 0 for `event.ended`. */
  @PrimaryColumn('integer', { name: 'minutes_before' })
  minutesBefore!: number;

  /** When the event begins or ends. An event that is moved gets another row. */
  @PrimaryColumn('timestamptz')
  moment!: Date;
}
