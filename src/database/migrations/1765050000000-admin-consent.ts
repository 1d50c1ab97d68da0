// Requests for the consent of an administrator.

import type { MigrationInterface, QueryRunner } from 'typeorm';

export class AdminConsent1765050000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE admin_consent_requests (
        id uuid PRIMARY KEY,
        state_hash text NOT NULL CONSTRAINT admin_consent_requests_state_hash_key UNIQUE,
        user_id text NOT NULL,
        provider text NOT NULL,
        client_id text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        expires_at timestamptz NOT NULL,
        decision text,
        decided_at timestamptz
      )`);
    await queryRunner.query(
      'CREATE INDEX admin_consent_requests_by_user ON admin_consent_requests (user_id)',
    );
    await queryRunner.query(
      'CREATE INDEX admin_consent_requests_by_expiry ON admin_consent_requests (expires_at)',
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE admin_consent_requests');
  }
}
