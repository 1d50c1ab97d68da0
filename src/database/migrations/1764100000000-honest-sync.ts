// For an exact status: the run that follows the current one, when the provider accepts requests
// again, and the backoff of each calendar.

import type { MigrationInterface, QueryRunner } from 'typeorm';

export class HonestSync1764100000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      ALTER TABLE connected_accounts
        ADD COLUMN sync_again text,
        ADD COLUMN sync_not_before timestamptz`);
    await queryRunner.query(`
      ALTER TABLE calendars
        ADD COLUMN failures integer NOT NULL DEFAULT 0,
        ADD COLUMN attempted_at timestamptz,
        ADD COLUMN next_attempt_at timestamptz`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(
      `ALTER TABLE calendars DROP COLUMN failures, DROP COLUMN attempted_at, DROP COLUMN next_attempt_at`,
    );
    await queryRunner.query(
      `ALTER TABLE connected_accounts DROP COLUMN sync_again, DROP COLUMN sync_not_before`,
    );
  }
}
