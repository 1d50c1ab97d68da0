// Indexes for searches that would read more the more accounts and events there are.

import type { MigrationInterface, QueryRunner } from 'typeorm';
import { createIndex, dropIndex } from '../create-index.js';
import { isView, SYNC_INDEXES } from './1764300000000-account-syncs.js';

const INDEXES = {
  connected_accounts_by_provider: 'connected_accounts (provider, connected_at DESC, id DESC)',
  connected_accounts_by_status: `connected_accounts (status, connected_at DESC, id DESC) WHERE status <> 'connected'`,
  connected_accounts_by_provider_and_status: `connected_accounts (provider, status, connected_at DESC, id DESC) WHERE status <> 'connected'`,
  events_long: `events (account_id, starts_at, id) WHERE shown AND ends_at - starts_at > interval '1 day'`,
};

export class IndexesForGrowth1764950000000 implements MigrationInterface {
  /** Each index is made without stopping those who write, which is not possible in a transaction. */
  readonly transaction = false;

  async up(queryRunner: QueryRunner): Promise<void> {
    for (const [name, definition] of Object.entries(INDEXES))
      await createIndex(queryRunner, name, definition);
    // While account_syncs is a view of the version before, its table gets them when it is made.
    if (await isView(queryRunner)) return;
    for (const [name, definition] of Object.entries(SYNC_INDEXES))
      await createIndex(queryRunner, name, definition);
    for (const name of ['account_syncs_due', 'account_syncs_stuck'])
      await dropIndex(queryRunner, name);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const name of Object.keys(INDEXES))
      await queryRunner.query(`DROP INDEX IF EXISTS ${name}`);
  }
}
