// When a calendar disappeared from its provider's list. Its row is kept for a while, so that it has
// the same id and selection when it comes back.

import type { MigrationInterface, QueryRunner } from 'typeorm';
import { lockPatiently } from '../patient-lock.js';

export class GoneCalendars1764600000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await lockPatiently(queryRunner, 'LOCK TABLE calendars IN ACCESS EXCLUSIVE MODE');
    await queryRunner.query('ALTER TABLE calendars ADD COLUMN gone_at timestamptz');
    await queryRunner.query(
      'CREATE INDEX calendars_gone ON calendars (gone_at) WHERE gone_at IS NOT NULL',
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    // Without the column these rows would be shown and synced.
    await queryRunner.query('DELETE FROM calendars WHERE gone_at IS NOT NULL');
    await queryRunner.query('ALTER TABLE calendars DROP COLUMN gone_at');
  }
}
