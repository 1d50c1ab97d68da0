// Connect links, and the link with which a consent attempt began.

import type { MigrationInterface, QueryRunner } from 'typeorm';
import { lockPatiently } from '../patient-lock.js';

export class ConnectLinks1765000000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE connect_links (
        id uuid PRIMARY KEY,
        token_hash text NOT NULL CONSTRAINT connect_links_token_hash_key UNIQUE,
        user_id text NOT NULL,
        user_label text,
        provider text,
        account_id uuid,
        access text,
        return_to text,
        created_at timestamptz NOT NULL DEFAULT now(),
        expires_at timestamptz NOT NULL,
        spent_at timestamptz
      )`);
    await queryRunner.query('CREATE INDEX connect_links_by_user ON connect_links (user_id)');
    await queryRunner.query('CREATE INDEX connect_links_by_expiry ON connect_links (expires_at)');
    await lockPatiently(queryRunner, 'LOCK TABLE authorization_attempts IN ACCESS EXCLUSIVE MODE');
    await queryRunner.query('ALTER TABLE authorization_attempts ADD COLUMN link_id uuid');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE authorization_attempts DROP COLUMN link_id');
    await queryRunner.query('DROP TABLE connect_links');
  }
}
