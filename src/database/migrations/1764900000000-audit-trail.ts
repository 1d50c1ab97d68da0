// The audit trail. A trigger refuses to change or delete its rows: only the two functions below do,
// one when an entry is old enough, one when a user is erased.

import type { MigrationInterface, QueryRunner } from 'typeorm';

const TABLE = `
  CREATE TABLE audit_entries (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    action text NOT NULL,
    actor_kind text NOT NULL,
    actor_id text,
    user_id text,
    account_id uuid,
    provider text,
    outcome text NOT NULL,
    request_id text,
    details jsonb NOT NULL DEFAULT '{}'
  )`;

const INDEXES = [
  'CREATE INDEX audit_entries_by_time ON audit_entries (at, id)',
  'CREATE INDEX audit_entries_by_user ON audit_entries (user_id, at, id)',
  'CREATE INDEX audit_entries_by_account ON audit_entries (account_id, at, id)',
  'CREATE INDEX audit_entries_by_action ON audit_entries (action, at, id)',
  'CREATE INDEX audit_entries_by_actor ON audit_entries (actor_id)',
];

/**
 * The setting is of the transaction, and only the two functions set it. An erasure may change the
 * two columns with a user's id and nothing else.
 */
const REFUSE = `
  CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    IF TG_OP = 'DELETE' AND current_setting('calendar_connect.audit', true) = 'retention' THEN
      RETURN OLD;
    END IF;
    IF TG_OP = 'UPDATE' AND current_setting('calendar_connect.audit', true) = 'erasure'
       AND (to_jsonb(OLD) - 'user_id' - 'actor_id') = (to_jsonb(NEW) - 'user_id' - 'actor_id')
    THEN
      RETURN NEW;
    END IF;
    RAISE EXCEPTION 'audit_entries is append-only' USING ERRCODE = 'insufficient_privilege';
  END $$`;

const DELETE_OLD = `
  CREATE FUNCTION delete_old_audit_entries(days integer, most integer) RETURNS integer
  LANGUAGE plpgsql AS $$
  DECLARE deleted integer;
  BEGIN
    IF days < 1 THEN RAISE EXCEPTION 'at least one day is kept'; END IF;
    PERFORM set_config('calendar_connect.audit', 'retention', true);
    DELETE FROM audit_entries WHERE ctid = ANY (ARRAY(
      SELECT ctid FROM audit_entries WHERE at < now() - make_interval(days => days)
       ORDER BY at LIMIT most));
    GET DIAGNOSTICS deleted = ROW_COUNT;
    PERFORM set_config('calendar_connect.audit', '', true);
    RETURN deleted;
  END $$`;

const ERASE = `
  CREATE FUNCTION erase_audit_user(erased text, pseudonym text) RETURNS integer
  LANGUAGE plpgsql AS $$
  DECLARE changed integer;
  BEGIN
    IF pseudonym NOT LIKE 'erased:%' THEN RAISE EXCEPTION 'not a pseudonym'; END IF;
    PERFORM set_config('calendar_connect.audit', 'erasure', true);
    UPDATE audit_entries
       SET user_id = CASE WHEN user_id = erased THEN pseudonym ELSE user_id END,
           actor_id = CASE WHEN actor_id = erased AND actor_kind IN ('user', 'admin')
                           THEN pseudonym ELSE actor_id END
     WHERE user_id = erased OR (actor_id = erased AND actor_kind IN ('user', 'admin'));
    GET DIAGNOSTICS changed = ROW_COUNT;
    PERFORM set_config('calendar_connect.audit', '', true);
    RETURN changed;
  END $$`;

const TRIGGERS = [
  `CREATE TRIGGER audit_entries_append_only BEFORE UPDATE OR DELETE ON audit_entries
     FOR EACH ROW EXECUTE FUNCTION refuse_audit_change()`,
  `CREATE TRIGGER audit_entries_not_truncated BEFORE TRUNCATE ON audit_entries
     FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change()`,
];

export class AuditTrail1764900000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    for (const statement of [TABLE, ...INDEXES, REFUSE, DELETE_OLD, ERASE, ...TRIGGERS])
      await queryRunner.query(statement);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE audit_entries');
    for (const signature of [
      'refuse_audit_change()',
      'delete_old_audit_entries(integer, integer)',
      'erase_audit_user(text, text)',
    ])
      await queryRunner.query(`DROP FUNCTION ${signature}`);
  }
}
