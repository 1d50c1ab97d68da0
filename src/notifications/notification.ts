// A notification: what this service tells the host, written in the transaction that makes it true.

import { Column, Entity, Generated, Index, PrimaryGeneratedColumn } from 'typeorm';
import type { NotificationType } from '../notification-types.js';

/** A row of `notifications`. */
@Entity({ name: 'notifications' })
@Index('notifications_by_position', ['position'], { unique: true })
@Index('notifications_without_position', ['entry'], { where: 'position IS NULL' })
@Index('notifications_by_user', ['userId', 'position'])
@Index('notifications_by_account', ['accountId', 'position'])
@Index('notifications_by_age', ['createdAt'])
export class Notification {
  @PrimaryGeneratedColumn('uuid')
  id!: string;

  /** The order of insertion. For one account it is that of `sequence`. */
  @Column('bigint')
  @Generated('increment')
  entry!: string;

  /** The account may be gone. Null: it concerns none. */
  @Column('uuid', { name: 'account_id', nullable: true })
  accountId!: string | null;

  @Column('text', { name: 'user_id', nullable: true })
  userId!: string | null;

  @Column('text', { nullable: true })
  provider!: string | null;

  /** The number of the account's notification: from 1, without gaps. Null without account. */
  @Column('bigint', { nullable: true })
  sequence!: string | null;

  @Column('text')
  type!: NotificationType;

  /** What is particular to the type: ids, counts and times, never what is in an event. */
  @Column('jsonb')
  data!: Record<string, unknown>;

  @Column('timestamptz', { name: 'created_at', default: () => 'clock_timestamp()' })
  createdAt!: Date;

  /** The place in the feed. Null until the next numbering (numbering.ts). */
  @Column('bigint', { nullable: true })
  position!: string | null;
}
