// The channel of a calendar that is not synced any more is retired with the change that says so.
// Before, every channel was compared with its calendar each minute.

import type { MigrationInterface, QueryRunner } from 'typeorm';

const RETIRE = `UPDATE push_channels SET state = 'retired', retry_at = NULL
  WHERE state <> 'retired'`;

export class RetireChannels1764960000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE FUNCTION retire_channels_of_calendar() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        ${RETIRE} AND calendar_id = NEW.id;
        RETURN NULL;
      END $$`);
    await queryRunner.query(`
      CREATE TRIGGER calendars_unwatched AFTER UPDATE OF selected, gone_at ON calendars
        FOR EACH ROW WHEN (OLD.selected AND OLD.gone_at IS NULL
                           AND NOT (NEW.selected AND NEW.gone_at IS NULL))
        EXECUTE FUNCTION retire_channels_of_calendar()`);
    await queryRunner.query(`
      ${RETIRE} AND calendar_id IN (
        SELECT id FROM calendars WHERE NOT selected OR gone_at IS NOT NULL)`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TRIGGER calendars_unwatched ON calendars');
    await queryRunner.query('DROP FUNCTION retire_channels_of_calendar');
  }
}
