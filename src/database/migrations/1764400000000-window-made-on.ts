// The day on which a calendar's window was made, so that a change of either setting is noticed.

import type { MigrationInterface, QueryRunner } from 'typeorm';
import { lockPatiently } from '../patient-lock.js';

export class WindowMadeOn1764400000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await lockPatiently(queryRunner, 'LOCK TABLE calendars IN ACCESS EXCLUSIVE MODE');
    await queryRunner.query('ALTER TABLE calendars ADD COLUMN window_made_on timestamptz');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE calendars DROP COLUMN window_made_on');
  }
}
