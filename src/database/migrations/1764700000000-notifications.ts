// Notifications for the host, their numbers per account, and the feed. And since when the success of a
// sync is overdue.

import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Notifications1764700000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE notifications (
        id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
        entry bigserial NOT NULL,
        account_id uuid,
        user_id text,
        provider text,
        sequence bigint,
        type text NOT NULL,
        data jsonb NOT NULL,
        created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        position bigint
      )`);
    await queryRunner.query(
      'CREATE UNIQUE INDEX notifications_by_position ON notifications (position)',
    );
    await queryRunner.query(
      `CREATE INDEX notifications_without_position ON notifications (entry) WHERE position IS NULL`,
    );
    await queryRunner.query(
      'CREATE INDEX notifications_by_user ON notifications (user_id, position)',
    );
    await queryRunner.query(
      'CREATE INDEX notifications_by_account ON notifications (account_id, position)',
    );
    await queryRunner.query('CREATE INDEX notifications_by_age ON notifications (created_at)');
    await queryRunner.query(`
      CREATE TABLE notification_sequences (
        account_id uuid PRIMARY KEY CONSTRAINT notification_sequences_account_id_fkey
          REFERENCES connected_accounts (id) ON DELETE CASCADE,
        last bigint NOT NULL,
        ended boolean NOT NULL DEFAULT false
      )`);
    await queryRunner.query(`
      CREATE TABLE notification_feed (
        id integer PRIMARY KEY DEFAULT 1 CONSTRAINT notification_feed_one_row CHECK (id = 1),
        last_position bigint NOT NULL DEFAULT 0,
        deleted_to bigint NOT NULL DEFAULT 0
      )`);
    await queryRunner.query('INSERT INTO notification_feed DEFAULT VALUES');
    await queryRunner.query(`
      CREATE TABLE sync_successes (
        account_id uuid PRIMARY KEY CONSTRAINT sync_successes_account_id_fkey
          REFERENCES connected_accounts (id) ON DELETE CASCADE,
        due_at timestamptz NOT NULL,
        failing_since timestamptz
      )`);
    await queryRunner.query(
      'CREATE INDEX sync_successes_due ON sync_successes (due_at) WHERE failing_since IS NULL',
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE sync_successes');
    await queryRunner.query('DROP TABLE notification_feed');
    await queryRunner.query('DROP TABLE notification_sequences');
    await queryRunner.query('DROP TABLE notifications');
  }
}
