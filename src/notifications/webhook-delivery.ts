// The delivery of one notification to one endpoint.

import { Check, Column, Entity, ForeignKey, Index, PrimaryGeneratedColumn, Unique } from 'typeorm';
import type { DeliveryState, NotificationType } from '../notification-types.js';

/** A row of `webhook_deliveries`. It is made when the notification gets its position. */
@Entity({ name: 'webhook_deliveries' })
@Unique('webhook_deliveries_one_per_endpoint', ['endpointId', 'notificationId'])
@Check('webhook_deliveries_state_check', `state IN ('pending', 'delivered', 'failed')`)
@Index('webhook_deliveries_first', ['endpointId', 'lane', 'position'], {
  where: `state = 'pending' AND attempts = 0`,
})
@Index('webhook_deliveries_again', ['endpointId', 'nextAttemptAt'], {
  where: `state = 'pending' AND attempts > 0`,
})
@Index('webhook_deliveries_by_age', ['endpointId', 'createdAt', 'id'])
@Index('webhook_deliveries_of_notification', ['notificationId'])
export class WebhookDelivery {
  @PrimaryGeneratedColumn('uuid')
  id!: string;

  @Column('uuid', { name: 'endpoint_id' })
  @ForeignKey('WebhookEndpoint', {
    name: 'webhook_deliveries_endpoint_id_fkey',
    onDelete: 'CASCADE',
  })
  endpointId!: string;

  @Column('uuid', { name: 'notification_id' })
  @ForeignKey('Notification', {
    name: 'webhook_deliveries_notification_id_fkey',
    onDelete: 'CASCADE',
  })
  notificationId!: string;

  /** First attempts of one lane are in order: the account, or the notification itself. */
  @Column('uuid')
  lane!: string;

  /** The position of the notification. */
  @Column('bigint')
  position!: string;

  @Column('text')
  type!: NotificationType;

  @Column('text', { default: 'pending' })
  state!: DeliveryState;

  /** Attempts that have ended. */
  @Column('integer', { default: 0 })
  attempts!: number;

  /** The HTTP status of the last attempt; null without a response. */
  @Column('integer', { name: 'last_status', nullable: true })
  lastStatus!: number | null;

  /** Why the last attempt failed: a word of ours. */
  @Column('text', { name: 'last_error', nullable: true })
  lastError!: string | null;

  @Column('timestamptz', { name: 'next_attempt_at', nullable: true, default: () => 'now()' })
  nextAttemptAt!: Date | null;

  /** A worker is at it until then. */
  @Column('timestamptz', { name: 'leased_until', nullable: true })
  leasedUntil!: Date | null;

  @Column('timestamptz', { name: 'created_at', default: () => 'clock_timestamp()' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'delivered_at', nullable: true })
  deliveredAt!: Date | null;
}
