// Notifications at the beginning and the end of events: those that were written, and indexes that find
// the events of a moment in all accounts.

import type { MigrationInterface, QueryRunner } from 'typeorm';
import { lockPatiently } from '../patient-lock.js';

export class TimedNotifications1765010000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE notification_feed ADD COLUMN timed_to timestamptz');
    await queryRunner.query(`
      CREATE TABLE timed_notifications (
        event_id uuid NOT NULL,
        type text NOT NULL,
        minutes_before integer NOT NULL,
        moment timestamptz NOT NULL,
        PRIMARY KEY (event_id, type, minutes_before, moment)
      )`);
    await queryRunner.query(
      'CREATE INDEX timed_notifications_by_moment ON timed_notifications (moment)',
    );
    // Providers know zones that this PostgreSQL may not know.
    await queryRunner.query(`
      CREATE FUNCTION day_begins(day date, zone text) RETURNS timestamptz LANGUAGE plpgsql STABLE AS $$
      BEGIN
        RETURN day::timestamp AT TIME ZONE coalesce(zone, 'UTC');
      EXCEPTION WHEN invalid_parameter_value THEN
        RETURN day::timestamp AT TIME ZONE 'UTC';
      END $$`);
    await lockPatiently(queryRunner, 'LOCK TABLE events IN SHARE MODE');
    for (const [edge, column] of [
      ['start', 'starts_at'],
      ['end', 'ends_at'],
    ]) {
      await queryRunner.query(
        `CREATE INDEX events_by_${edge} ON events (${column}) WHERE shown AND NOT all_day`,
      );
      await queryRunner.query(
        `CREATE INDEX events_of_days_by_${edge} ON events (${column}) WHERE shown AND all_day`,
      );
    }
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const edge of ['start', 'end']) {
      await queryRunner.query(`DROP INDEX events_by_${edge}`);
      await queryRunner.query(`DROP INDEX events_of_days_by_${edge}`);
    }
    await queryRunner.query('DROP FUNCTION day_begins');
    await queryRunner.query('DROP TABLE timed_notifications');
    await queryRunner.query('ALTER TABLE notification_feed DROP COLUMN timed_to');
  }
}
