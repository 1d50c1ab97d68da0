// The last number of an account's notifications. A transaction that writes one locks this row until
// its end, so that numbers are visible in their order.

import { Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';

/** A row of `notification_sequences`. It is made by the account's first notification. */
@Entity({ name: 'notification_sequences' })
export class NotificationSequence {
  @PrimaryColumn('uuid', { name: 'account_id' })
  @ForeignKey('ConnectedAccount', {
    name: 'notification_sequences_account_id_fkey',
    onDelete: 'CASCADE',
  })
  accountId!: string;

  @Column('bigint')
  last!: string;

  /** The account gets no further notification: it was disconnected, or its user is being erased. */
  @Column('boolean', { default: false })
  ended!: boolean;
}
