// The feed as a whole: the last position that was given, and the last that was deleted.

import { Check, Column, Entity, PrimaryColumn } from 'typeorm';

/** The one row of `notification_feed`. Numbering locks it, so that one process at a time numbers. */
@Entity({ name: 'notification_feed' })
@Check('notification_feed_one_row', 'id = 1')
export class NotificationFeed {
  @PrimaryColumn('integer', { default: 1 })
  id!: number;

  @Column('bigint', { name: 'last_position', default: 0 })
  lastPosition!: string;

  /** Notifications up to here are older than the retention. A cursor before it has expired. */
  @Column('bigint', { name: 'deleted_to', default: 0 })
  deletedTo!: string;

  /** Up to when timed notifications were written. Null: no endpoint asks for them. */
  @Column('timestamptz', { name: 'timed_to', nullable: true })
  timedTo!: Date | null;
}
