// A webhook endpoint: an address of the host that gets notifications.

import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';
import type { NotificationType } from '../notification-types.js';

/** Why an endpoint gets nothing: the host disabled it, or it answered 410. */
export type DisabledReason = 'host' | 'gone';

/** A row of `webhook_endpoints`. */
@Entity({ name: 'webhook_endpoints' })
export class WebhookEndpoint {
  @PrimaryGeneratedColumn('uuid')
  id!: string;

  /** Null: the function that the host gave to the library. */
  @Column('text', { nullable: true })
  url!: string | null;

  /** Null: all but the timed ones; for the host's function all. */
  @Column('text', { array: true, nullable: true })
  types!: NotificationType[] | null;

  /** How long before its start `event.starting` is sent. */
  @Column('integer', { name: 'minutes_before', default: 10 })
  minutesBefore!: number;

  @Column('text', { nullable: true })
  description!: string | null;

  /** Sealed with the token keys. Null for the host's function. */
  @Column('text', { nullable: true })
  secret!: string | null;

  /** The secret before the last rotation. It signs beside the new one for a day. */
  @Column('text', { name: 'previous_secret', nullable: true })
  previousSecret!: string | null;

  @Column('timestamptz', { name: 'previous_secret_until', nullable: true })
  previousSecretUntil!: Date | null;

  @Column('timestamptz', { name: 'disabled_at', nullable: true })
  disabledAt!: Date | null;

  @Column('text', { name: 'disabled_reason', nullable: true })
  disabledReason!: DisabledReason | null;

  /** Failed attempts in a row. */
  @Column('integer', { default: 0 })
  failures!: number;

  /** Nothing is sent before: it asked for that, or it fails again and again. */
  @Column('timestamptz', { name: 'not_before', nullable: true })
  notBefore!: Date | null;

  /** Of the host's function: when a worker last had it. */
  @Column('timestamptz', { name: 'seen_at', nullable: true })
  seenAt!: Date | null;

  @Column('timestamptz', { name: 'created_at', default: () => 'now()' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'updated_at', default: () => 'now()' })
  updatedAt!: Date;
}
