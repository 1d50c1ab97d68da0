// When a run last read which calendars an account has. A process of the version before leaves the
// column alone and reads the list in every run.

import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CalendarsListed1765070000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE sync_successes ADD COLUMN listed_at timestamptz');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE sync_successes DROP COLUMN listed_at');
  }
}
