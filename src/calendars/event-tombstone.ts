// What is left of a deleted event: its ids and when it was deleted, for hosts that follow changes.

import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';

/** A row of `event_tombstones`. A trigger writes it when a visible event is deleted. */
@Entity({ name: 'event_tombstones' })
@Index('event_tombstones_by_time', ['accountId', 'deletedAt', 'eventId'])
@Index('event_tombstones_by_age', ['deletedAt'])
export class EventTombstone {
  @PrimaryColumn('uuid', { name: 'event_id' })
  eventId!: string;

  @Column('uuid', { name: 'account_id' })
  @ForeignKey('ConnectedAccount', { name: 'event_tombstones_account_id_fkey', onDelete: 'CASCADE' })
  accountId!: string;

  @Column('uuid', { name: 'calendar_id' })
  calendarId!: string;

  @Column({ type: 'text', name: 'provider_event_id', collation: 'C' })
  providerEventId!: string;

  @Column('timestamptz', { name: 'deleted_at', default: () => 'now()' })
  deletedAt!: Date;
}
