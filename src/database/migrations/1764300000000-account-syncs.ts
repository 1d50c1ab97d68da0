// The sync of an account gets a place of its own, `account_syncs`. On a database in use it is at
// first a view of the old columns, so that processes of version 0.1.0 and new ones work on the same
// rows (docs/operations.md, "Upgrading").

import type { MigrationInterface, QueryRunner } from 'typeorm';
import { lockPatiently } from '../patient-lock.js';
import type { Sql } from '../rows.js';

/** Column of `connected_accounts` in version 0.1.0, column of `account_syncs`. */
const COLUMNS = [
  ['paused_for', 'paused_for'],
  ['sync_id', 'sync_id'],
  ['sync_state', 'state'],
  ['sync_phase', 'phase'],
  ['sync_trigger', 'trigger'],
  ['sync_started_at', 'started_at'],
  ['sync_finished_at', 'finished_at'],
  ['sync_heartbeat_at', 'heartbeat_at'],
  ['sync_calendars_done', 'calendars_done'],
  ['sync_calendars_total', 'calendars_total'],
  ['sync_events_seen', 'events_seen'],
  ['sync_error_code', 'error_code'],
  ['sync_failures', 'failures'],
  ['sync_again', 'again'],
  ['sync_not_before', 'not_before'],
  ['last_synced_at', 'last_synced_at'],
  ['next_sync_at', 'next_sync_at'],
] as const;
const OLD = COLUMNS.map(([old]) => old);
const NEW = COLUMNS.map(([, name]) => name);

/** Columns of `connected_accounts` that an insert into the view cannot know. */
const REQUIRED =
  'user_id, provider, provider_account_id, scopes, status, access_token, refresh_token, ' +
  'access_token_expires_at, connected_at, updated_at';

/**
 * The table's indexes: accounts that are due, apart those whose last run failed; and runs that are
 * open. A database of before IndexesForGrowth gets them there.
 */
export const SYNC_INDEXES = {
  account_syncs_due_first: `account_syncs (next_sync_at) WHERE paused_for IS NULL
      AND NOT (failures > 0 OR error_code IS NOT DISTINCT FROM 'provider_unavailable')`,
  account_syncs_due_failed: `account_syncs (next_sync_at) WHERE paused_for IS NULL
      AND (failures > 0 OR error_code IS NOT DISTINCT FROM 'provider_unavailable')`,
  account_syncs_open: `account_syncs (state, heartbeat_at) WHERE state IN ('queued', 'running')`,
};

/**
 * Expand: after it, both versions work. Where no process can have run yet, the table is made at
 * once.
 */
export class AccountSyncs1764300000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await lockPatiently(queryRunner, 'LOCK TABLE connected_accounts IN ACCESS EXCLUSIVE MODE');
    await queryRunner.query('ALTER TABLE connected_accounts ADD COLUMN paused_for text');
    await queryRunner.query(
      `UPDATE connected_accounts SET paused_for = status WHERE status <> 'connected'`,
    );
    await makeView(queryRunner);
    if (await isUnused(queryRunner)) await moveSyncs(queryRunner);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    if (!(await isView(queryRunner))) await moveSyncsBack(queryRunner);
    await dropView(queryRunner);
    await queryRunner.query('ALTER TABLE connected_accounts DROP COLUMN paused_for');
  }
}

/**
 * Contract: the rows move into a table, and the old columns go. No process of version 0.1.0 may run
 * any more.
 */
export class AccountSyncsTable1764300000001 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    if (!(await isView(queryRunner))) return;
    // The view first, as every statement on it takes them.
    await lockPatiently(queryRunner, 'LOCK TABLE account_syncs IN ACCESS EXCLUSIVE MODE');
    await moveSyncs(queryRunner);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await lockPatiently(queryRunner, 'LOCK TABLE account_syncs IN ACCESS EXCLUSIVE MODE');
    await moveSyncsBack(queryRunner);
  }
}

/** Whether `account_syncs` is still the view that version 0.1.0 can work beside. */
export async function isView(sql: Sql): Promise<boolean> {
  const [{ found }] = await sql.query(
    `SELECT EXISTS (SELECT FROM pg_class
                     WHERE oid = to_regclass('account_syncs') AND relkind = 'v') AS found`,
  );
  return found;
}

/** No account, and no queue, which every process makes when it starts. */
async function isUnused(queryRunner: QueryRunner): Promise<boolean> {
  const [{ unused }] = await queryRunner.query(
    `SELECT NOT EXISTS (SELECT FROM connected_accounts)
        AND to_regnamespace('integrations_jobs') IS NULL AS unused`,
  );
  return unused;
}

async function makeView(queryRunner: QueryRunner): Promise<void> {
  // Version 0.1.0 knows the status alone.
  await queryRunner.query(`
    CREATE FUNCTION pause_sync_by_status() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      NEW.paused_for := nullif(NEW.status, 'connected');
      RETURN NEW;
    END $$`);
  await queryRunner.query(`
    CREATE TRIGGER connected_accounts_status BEFORE UPDATE ON connected_accounts FOR EACH ROW
      WHEN (OLD.status IS DISTINCT FROM NEW.status) EXECUTE FUNCTION pause_sync_by_status()`);
  await queryRunner.query(`
    CREATE VIEW account_syncs AS
      SELECT id AS account_id, ${COLUMNS.map(([old, name]) => `${old} AS ${name}`).join(', ')}
        FROM connected_accounts`);
  // An account and its sync are one row here. So a sync is never deleted alone, and inserting one
  // always meets the row of its account: `INSERT … ON CONFLICT (account_id) DO UPDATE` then updates
  // it.
  await queryRunner.query(
    'CREATE RULE account_syncs_delete AS ON DELETE TO account_syncs DO INSTEAD NOTHING',
  );
  await queryRunner.query(`
    CREATE FUNCTION complete_account_of_sync() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      SELECT ${REQUIRED} INTO ${REQUIRED.replace(/\w+/g, 'NEW.$&')}
        FROM connected_accounts WHERE id = NEW.id;
      RETURN NEW;
    END $$`);
  await queryRunner.query(`
    CREATE TRIGGER connected_accounts_of_sync BEFORE INSERT ON connected_accounts FOR EACH ROW
      WHEN (NEW.user_id IS NULL) EXECUTE FUNCTION complete_account_of_sync()`);
}

async function dropView(queryRunner: QueryRunner): Promise<void> {
  await queryRunner.query('DROP VIEW account_syncs');
  await queryRunner.query('DROP TRIGGER connected_accounts_status ON connected_accounts');
  await queryRunner.query('DROP TRIGGER connected_accounts_of_sync ON connected_accounts');
  await queryRunner.query('DROP FUNCTION pause_sync_by_status()');
  await queryRunner.query('DROP FUNCTION complete_account_of_sync()');
}

async function moveSyncs(queryRunner: QueryRunner): Promise<void> {
  await dropView(queryRunner);
  await queryRunner.query(`
    CREATE TABLE account_syncs (
      account_id uuid PRIMARY KEY,
      paused_for text CONSTRAINT account_syncs_paused_for_check
        CHECK (paused_for IN ('reauthorization_required', 'disconnecting')),
      sync_id uuid,
      state text NOT NULL DEFAULT 'idle' CONSTRAINT account_syncs_state_check
        CHECK (state IN ('idle', 'queued', 'running', 'backoff', 'error')),
      phase text,
      trigger text,
      started_at timestamptz,
      finished_at timestamptz,
      heartbeat_at timestamptz,
      calendars_done integer NOT NULL DEFAULT 0,
      calendars_total integer NOT NULL DEFAULT 0,
      events_seen integer NOT NULL DEFAULT 0,
      error_code text,
      failures integer NOT NULL DEFAULT 0,
      again text,
      not_before timestamptz,
      last_synced_at timestamptz,
      next_sync_at timestamptz
    )`);
  await queryRunner.query(
    `INSERT INTO account_syncs (account_id, ${NEW.join(', ')})
     SELECT id, ${OLD.join(', ')} FROM connected_accounts`,
  );
  await queryRunner.query(`
    ALTER TABLE account_syncs ADD CONSTRAINT account_syncs_account_id_fkey
      FOREIGN KEY (account_id) REFERENCES connected_accounts (id) ON DELETE CASCADE`);
  for (const [name, definition] of Object.entries(SYNC_INDEXES))
    await queryRunner.query(`CREATE INDEX ${name} ON ${definition}`);
  await queryRunner.query(
    `ALTER TABLE connected_accounts ${OLD.map((old) => `DROP COLUMN ${old}`).join(', ')}`,
  );
}

/** Back to the columns and the view. */
async function moveSyncsBack(queryRunner: QueryRunner): Promise<void> {
  await queryRunner.query(`
    ALTER TABLE connected_accounts
      ADD COLUMN paused_for text,
      ADD COLUMN last_synced_at timestamptz,
      ADD COLUMN next_sync_at timestamptz,
      ADD COLUMN sync_id uuid,
      ADD COLUMN sync_state text NOT NULL DEFAULT 'idle'
        CHECK (sync_state IN ('idle', 'queued', 'running', 'backoff', 'error')),
      ADD COLUMN sync_phase text,
      ADD COLUMN sync_trigger text,
      ADD COLUMN sync_started_at timestamptz,
      ADD COLUMN sync_finished_at timestamptz,
      ADD COLUMN sync_heartbeat_at timestamptz,
      ADD COLUMN sync_calendars_done integer NOT NULL DEFAULT 0,
      ADD COLUMN sync_calendars_total integer NOT NULL DEFAULT 0,
      ADD COLUMN sync_events_seen integer NOT NULL DEFAULT 0,
      ADD COLUMN sync_error_code text,
      ADD COLUMN sync_failures integer NOT NULL DEFAULT 0,
      ADD COLUMN sync_again text,
      ADD COLUMN sync_not_before timestamptz`);
  await queryRunner.query(`
    UPDATE connected_accounts account
       SET ${COLUMNS.map(([old, name]) => `${old} = sync.${name}`).join(', ')}
      FROM account_syncs sync WHERE sync.account_id = account.id`);
  await queryRunner.query('DROP TABLE account_syncs');
  await queryRunner.query(
    `CREATE INDEX connected_accounts_due ON connected_accounts (next_sync_at)
      WHERE status = 'connected'`,
  );
  await makeView(queryRunner);
}
