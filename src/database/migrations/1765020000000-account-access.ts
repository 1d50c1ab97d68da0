// What a grant allows: to read calendars, or to write them too. A process of the version before
// writes accounts with the default: it asks for no other access.

import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Scopes that do not allow to write events, as the providers of these rows spell them. */
const READS_ONLY = '(\\.readonly|\\.freebusy|\\.read(basic)?(\\.shared)?)$';

export class AccountAccess1765020000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(
      `ALTER TABLE connected_accounts ADD COLUMN access text NOT NULL DEFAULT 'write'
         CONSTRAINT connected_accounts_access_check CHECK (access IN ('read', 'write'))`,
    );
    await queryRunner.query(
      `ALTER TABLE authorization_attempts ADD COLUMN access text NOT NULL DEFAULT 'write'`,
    );
    await queryRunner.query(
      `UPDATE connected_accounts SET access = 'read'
        WHERE scopes <> '{}' AND NOT EXISTS (
              SELECT FROM unnest(scopes) AS scope WHERE scope !~* '${READS_ONLY}')`,
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE authorization_attempts DROP COLUMN access');
    await queryRunner.query('ALTER TABLE connected_accounts DROP COLUMN access');
  }
}
