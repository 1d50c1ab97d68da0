// Webhook endpoints of the host, and the delivery of each notification to each of them.

import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Webhooks1764910000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE webhook_endpoints (
        id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
        url text,
        types text[],
        minutes_before integer NOT NULL DEFAULT 10,
        description text,
        secret text,
        previous_secret text,
        previous_secret_until timestamptz,
        disabled_at timestamptz,
        disabled_reason text,
        failures integer NOT NULL DEFAULT 0,
        not_before timestamptz,
        seen_at timestamptz,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now()
      )`);
    await queryRunner.query(`
      CREATE TABLE webhook_deliveries (
        id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
        endpoint_id uuid NOT NULL CONSTRAINT webhook_deliveries_endpoint_id_fkey
          REFERENCES webhook_endpoints (id) ON DELETE CASCADE,
        notification_id uuid NOT NULL CONSTRAINT webhook_deliveries_notification_id_fkey
          REFERENCES notifications (id) ON DELETE CASCADE,
        lane uuid NOT NULL,
        position bigint NOT NULL,
        type text NOT NULL,
        state text NOT NULL DEFAULT 'pending' CONSTRAINT webhook_deliveries_state_check
          CHECK (state IN ('pending', 'delivered', 'failed')),
        attempts integer NOT NULL DEFAULT 0,
        last_status integer,
        last_error text,
        next_attempt_at timestamptz DEFAULT now(),
        leased_until timestamptz,
        created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        delivered_at timestamptz,
        CONSTRAINT webhook_deliveries_one_per_endpoint UNIQUE (endpoint_id, notification_id)
      )`);
    await queryRunner.query(`
      CREATE INDEX webhook_deliveries_first ON webhook_deliveries (endpoint_id, lane, position)
        WHERE state = 'pending' AND attempts = 0`);
    await queryRunner.query(`
      CREATE INDEX webhook_deliveries_again ON webhook_deliveries (endpoint_id, next_attempt_at)
        WHERE state = 'pending' AND attempts > 0`);
    await queryRunner.query(
      'CREATE INDEX webhook_deliveries_by_age ON webhook_deliveries (endpoint_id, created_at, id)',
    );
    await queryRunner.query(
      'CREATE INDEX webhook_deliveries_of_notification ON webhook_deliveries (notification_id)',
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE webhook_deliveries');
    await queryRunner.query('DROP TABLE webhook_endpoints');
  }
}
