// Push channels: requests to a provider to send notices of changes.

import type { MigrationInterface, QueryRunner } from 'typeorm';

export class PushChannels1763900000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    // The channels of a deleted calendar stay: they must still be stopped at the provider.
    await queryRunner.query(`
      CREATE TABLE push_channels (
        id uuid PRIMARY KEY,
        account_id uuid NOT NULL REFERENCES connected_accounts (id) ON DELETE CASCADE,
        calendar_id uuid REFERENCES calendars (id) ON DELETE SET NULL,
        resource_id text COLLATE "C",
        secret_hash bytea NOT NULL,
        address text NOT NULL,
        state text NOT NULL CHECK (state IN ('pending', 'active', 'failed', 'unsupported', 'retired')),
        attempted_at timestamptz NOT NULL,
        expires_at timestamptz,
        renew_at timestamptz,
        retry_at timestamptz,
        failures integer NOT NULL DEFAULT 0,
        error_code text,
        last_notified_at timestamptz,
        burst_started_at timestamptz,
        burst_count integer NOT NULL DEFAULT 0
      )`);
    await queryRunner.query(
      `CREATE UNIQUE INDEX push_channels_one_active ON push_channels (calendar_id) WHERE state = 'active'`,
    );
    await queryRunner.query(
      `CREATE UNIQUE INDEX push_channels_one_attempt ON push_channels (calendar_id) WHERE state IN ('pending', 'failed', 'unsupported')`,
    );
    await queryRunner.query(`CREATE INDEX push_channels_by_account ON push_channels (account_id)`);
    await queryRunner.query(
      `CREATE INDEX push_channels_by_calendar ON push_channels (calendar_id)`,
    );
    await queryRunner.query(
      `CREATE INDEX push_channels_by_resource ON push_channels (resource_id)`,
    );
    await queryRunner.query(
      `CREATE INDEX push_channels_to_renew ON push_channels (renew_at) WHERE state = 'active'`,
    );
    await queryRunner.query(
      `CREATE INDEX push_channels_to_retry ON push_channels (retry_at NULLS FIRST) WHERE state IN ('pending', 'failed', 'retired')`,
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP TABLE push_channels`);
  }
}
