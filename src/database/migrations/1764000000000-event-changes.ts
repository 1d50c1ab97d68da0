// For hosts that follow changes: the time of the last change on every event, and a row for every
// deleted event.

import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The columns of an event that a reader can see. `round` and `sparse` are internal to a sync. A
 * later column is added to the trigger by its own migration (test/database/event-changes.test.ts).
 */
const VISIBLE = [
  'series_id',
  'ical_uid',
  'etag',
  'title',
  'description',
  'location',
  'kind',
  'original_start',
  'all_day',
  'starts_at',
  'ends_at',
  'start_date',
  'end_date',
  'start_time_zone',
  'end_time_zone',
  'status',
  'busy',
  'event_type',
  'visibility',
  'organizer',
  'attendees',
  'self_response',
  'conference_url',
  'reminders',
  'link',
  'provider_created_at',
  'provider_updated_at',
  'shown',
];

export class EventChanges1764000000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(
      `ALTER TABLE events ADD COLUMN changed_at timestamptz NOT NULL DEFAULT now()`,
    );
    await queryRunner.query(
      `CREATE INDEX events_by_change ON events (account_id, changed_at, id) WHERE shown`,
    );
    await queryRunner.query(`
      CREATE TABLE event_tombstones (
        event_id uuid PRIMARY KEY,
        account_id uuid NOT NULL REFERENCES connected_accounts (id) ON DELETE CASCADE,
        calendar_id uuid NOT NULL,
        provider_event_id text COLLATE "C" NOT NULL,
        deleted_at timestamptz NOT NULL DEFAULT now()
      )`);
    await queryRunner.query(
      `CREATE INDEX event_tombstones_by_time ON event_tombstones (account_id, deleted_at, event_id)`,
    );
    await queryRunner.query(
      `CREATE INDEX event_tombstones_by_age ON event_tombstones (deleted_at)`,
    );

    const row = (of: string) => VISIBLE.map((column) => `${of}.${column}`).join(', ');
    await queryRunner.query(`
      CREATE FUNCTION note_event_change() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        NEW.changed_at := now();
        RETURN NEW;
      END $$`);
    await queryRunner.query(`
      CREATE TRIGGER events_changed BEFORE UPDATE ON events FOR EACH ROW
        WHEN ((${row('OLD')}) IS DISTINCT FROM (${row('NEW')}))
        EXECUTE FUNCTION note_event_change()`);
    // While an account is disconnected no one may read its events any more, so no row is written.
    await queryRunner.query(`
      CREATE FUNCTION note_event_deletion() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        INSERT INTO event_tombstones (event_id, account_id, calendar_id, provider_event_id)
        SELECT gone.id, gone.account_id, gone.calendar_id, gone.provider_event_id
          FROM gone JOIN connected_accounts account ON account.id = gone.account_id
         WHERE gone.shown AND account.status <> 'disconnecting'
        ON CONFLICT (event_id) DO NOTHING;
        RETURN NULL;
      END $$`);
    await queryRunner.query(`
      CREATE TRIGGER events_deleted AFTER DELETE ON events REFERENCING OLD TABLE AS gone FOR EACH STATEMENT
        EXECUTE FUNCTION note_event_deletion()`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP TRIGGER events_deleted ON events`);
    await queryRunner.query(`DROP TRIGGER events_changed ON events`);
    await queryRunner.query(`DROP FUNCTION note_event_deletion`);
    await queryRunner.query(`DROP FUNCTION note_event_change`);
    await queryRunner.query(`DROP TABLE event_tombstones`);
    await queryRunner.query(`ALTER TABLE events DROP COLUMN changed_at`);
  }
}
