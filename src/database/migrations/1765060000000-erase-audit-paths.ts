// Erasing a user also removes the paths of passed on requests from their audit entries: the id of a
// calendar is often an email address.

import type { MigrationInterface, QueryRunner } from 'typeorm';

/** @param details what becomes of the details of the user's entries */
const eraseFunction = (details: string) => `
  CREATE OR REPLACE FUNCTION erase_audit_user(erased text, pseudonym text) RETURNS integer
  LANGUAGE plpgsql AS $$
  DECLARE changed integer;
  BEGIN
    IF pseudonym NOT LIKE 'erased:%' THEN RAISE EXCEPTION 'not a pseudonym'; END IF;
    PERFORM set_config('calendar_connect.audit', 'erasure', true);
    UPDATE audit_entries
       SET user_id = CASE WHEN user_id = erased THEN pseudonym ELSE user_id END,
           actor_id = CASE WHEN actor_id = erased AND actor_kind IN ('user', 'admin')
                           THEN pseudonym ELSE actor_id END,
           details = ${details}
     WHERE user_id = erased OR (actor_id = erased AND actor_kind IN ('user', 'admin'));
    GET DIAGNOSTICS changed = ROW_COUNT;
    PERFORM set_config('calendar_connect.audit', '', true);
    RETURN changed;
  END $$`;

/** @param isErasure whether a change is one that an erasure makes */
const refuseFunction = (isErasure: string) => `
  CREATE OR REPLACE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    IF TG_OP = 'DELETE' AND current_setting('calendar_connect.audit', true) = 'retention' THEN
      RETURN OLD;
    END IF;
    IF TG_OP = 'UPDATE' AND current_setting('calendar_connect.audit', true) = 'erasure'
       AND ${isErasure}
    THEN
      RETURN NEW;
    END IF;
    RAISE EXCEPTION 'audit_entries is append-only' USING ERRCODE = 'insufficient_privilege';
  END $$`;

export class EraseAuditPaths1765060000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(
      refuseFunction(`(to_jsonb(OLD) - 'user_id' - 'actor_id' - 'details')
         = (to_jsonb(NEW) - 'user_id' - 'actor_id' - 'details')
         AND NEW.details IN (OLD.details, OLD.details - 'path')`),
    );
    await queryRunner.query(
      eraseFunction(`CASE WHEN user_id = erased THEN details - 'path' ELSE details END`),
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(eraseFunction('details'));
    await queryRunner.query(
      refuseFunction(
        `(to_jsonb(OLD) - 'user_id' - 'actor_id') = (to_jsonb(NEW) - 'user_id' - 'actor_id')`,
      ),
    );
  }
}
