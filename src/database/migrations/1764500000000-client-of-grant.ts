// The client id that a grant was given to, so that grants of another client id are recognised.

import type { MigrationInterface, QueryRunner } from 'typeorm';
import { lockPatiently } from '../patient-lock.js';

export class ClientOfGrant1764500000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await lockPatiently(queryRunner, 'LOCK TABLE connected_accounts IN ACCESS EXCLUSIVE MODE');
    await queryRunner.query('ALTER TABLE connected_accounts ADD COLUMN client_id text');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE connected_accounts DROP COLUMN client_id');
  }
}
