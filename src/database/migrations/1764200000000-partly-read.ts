// Whether a calendar has saved pages of a round that was not completed.

import type { MigrationInterface, QueryRunner } from 'typeorm';

export class PartlyRead1764200000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(
      `ALTER TABLE calendars ADD COLUMN partly_read boolean NOT NULL DEFAULT false`,
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE calendars DROP COLUMN partly_read`);
  }
}
