// When the next success of an account's syncs is due, and since when the host knows that they fail.

import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';

/** A row of `sync_successes`. Made by the connection or the first success. */
@Entity({ name: 'sync_successes' })
@Index('sync_successes_due', ['dueAt'], { where: 'failing_since IS NULL' })
export class SyncSuccess {
  @PrimaryColumn('uuid', { name: 'account_id' })
  @ForeignKey('ConnectedAccount', {
    name: 'sync_successes_account_id_fkey',
    onDelete: 'CASCADE',
  })
  accountId!: string;

  /** When the run was planned that should succeed next: by the last success or the connection. */
  @Column('timestamptz', { name: 'due_at' })
  dueAt!: Date;

  /** When the host got the notification that syncs fail. Null: they do not, or not for long. */
  @Column('timestamptz', { name: 'failing_since', nullable: true })
  failingSince!: Date | null;

  /** When a successful run last read which calendars the account has. */
  @Column('timestamptz', { name: 'listed_at', nullable: true })
  listedAt!: Date | null;
}

/**
 * Statement: a success of the account is due at `dueAt`, and the host knows of no failure. `rows`
 * is a SELECT of account, time, and when its calendars were listed; null: that stays.
 */
export function successDue(rows: string): string {
  return `INSERT INTO sync_successes AS s (account_id, due_at, listed_at) ${rows}
    ON CONFLICT (account_id) DO UPDATE SET due_at = EXCLUDED.due_at, failing_since = NULL,
      listed_at = coalesce(EXCLUDED.listed_at, s.listed_at)`;
}
