// The first tables: accounts, authorization attempts, calendars and events.

import type { MigrationInterface, QueryRunner } from 'typeorm';

export class FirstTables1763800000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await createAccounts(queryRunner);
    await createAttempts(queryRunner);
    await createCalendars(queryRunner);
    await createEvents(queryRunner);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const table of ['events', 'calendars', 'authorization_attempts', 'connected_accounts'])
      await queryRunner.query(`DROP TABLE ${table}`);
  }
}

async function createAccounts(queryRunner: QueryRunner): Promise<void> {
  await queryRunner.query(`
    CREATE TABLE connected_accounts (
      id uuid PRIMARY KEY,
      user_id text NOT NULL,
      provider text NOT NULL,
      provider_account_id text COLLATE "C" NOT NULL,
      email text,
      display_name text,
      scopes text[] NOT NULL,
      status text NOT NULL CHECK (status IN ('connected', 'reauthorization_required', 'disconnecting')),
      status_reason text,
      access_token text NOT NULL,
      refresh_token text NOT NULL,
      access_token_expires_at timestamptz NOT NULL,
      token_version integer NOT NULL DEFAULT 1,
      connected_at timestamptz NOT NULL,
      updated_at timestamptz NOT NULL,
      last_synced_at timestamptz,
      next_sync_at timestamptz,
      sync_id uuid,
      sync_state text NOT NULL DEFAULT 'idle' CHECK (sync_state IN ('idle', 'queued', 'running', 'backoff', 'error')),
      sync_phase text,
      sync_trigger text,
      sync_started_at timestamptz,
      sync_finished_at timestamptz,
      sync_heartbeat_at timestamptz,
      sync_calendars_done integer NOT NULL DEFAULT 0,
      sync_calendars_total integer NOT NULL DEFAULT 0,
      sync_events_seen integer NOT NULL DEFAULT 0,
      sync_error_code text,
      sync_failures integer NOT NULL DEFAULT 0,
      CONSTRAINT connected_accounts_one_per_user UNIQUE (user_id, provider, provider_account_id)
    )`);
  await queryRunner.query(
    `CREATE INDEX connected_accounts_by_user ON connected_accounts (user_id, connected_at DESC, id DESC)`,
  );
  await queryRunner.query(
    `CREATE INDEX connected_accounts_by_age ON connected_accounts (connected_at DESC, id DESC)`,
  );
  await queryRunner.query(
    `CREATE INDEX connected_accounts_by_provider_account ON connected_accounts (provider, provider_account_id)`,
  );
  await queryRunner.query(
    `CREATE INDEX connected_accounts_due ON connected_accounts (next_sync_at) WHERE status = 'connected'`,
  );
}

async function createAttempts(queryRunner: QueryRunner): Promise<void> {
  // The unique state_hash refuses a state that is used twice. Tokens are kept here until the
  // account has them.
  await queryRunner.query(`
    CREATE TABLE authorization_attempts (
      id uuid PRIMARY KEY,
      state_hash text NOT NULL UNIQUE,
      user_id text NOT NULL,
      provider text NOT NULL,
      reconnect_account_id uuid,
      status text NOT NULL CHECK (status IN ('started', 'exchanged', 'done', 'failed')),
      error_code text,
      access_token text,
      refresh_token text,
      access_token_expires_at timestamptz,
      scope text,
      account_id uuid,
      created_at timestamptz NOT NULL DEFAULT now(),
      updated_at timestamptz NOT NULL DEFAULT now()
    )`);
  await queryRunner.query(
    `CREATE INDEX authorization_attempts_open ON authorization_attempts (updated_at) WHERE status IN ('started', 'exchanged')`,
  );
  await queryRunner.query(
    `CREATE INDEX authorization_attempts_by_age ON authorization_attempts (created_at)`,
  );
}

async function createCalendars(queryRunner: QueryRunner): Promise<void> {
  await queryRunner.query(`
    CREATE TABLE calendars (
      id uuid PRIMARY KEY,
      account_id uuid NOT NULL REFERENCES connected_accounts (id) ON DELETE CASCADE,
      provider_calendar_id text COLLATE "C" NOT NULL,
      name text NOT NULL,
      description text,
      time_zone text,
      color text,
      is_primary boolean NOT NULL,
      access_role text NOT NULL,
      selected boolean NOT NULL,
      cursor text,
      round uuid,
      window_from timestamptz,
      window_to timestamptz,
      last_synced_at timestamptz,
      sync_state text NOT NULL DEFAULT 'idle',
      sync_error_code text,
      events_skipped integer NOT NULL DEFAULT 0,
      CONSTRAINT calendars_one_per_account UNIQUE (account_id, provider_calendar_id)
    )`);
}

async function createEvents(queryRunner: QueryRunner): Promise<void> {
  // Events are deleted with their calendar, and calendars with their account. A foreign key from
  // events to accounts would need another index.
  await queryRunner.query(`
    CREATE TABLE events (
      id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
      account_id uuid NOT NULL,
      calendar_id uuid NOT NULL REFERENCES calendars (id) ON DELETE CASCADE,
      provider_event_id text COLLATE "C" NOT NULL,
      series_id text COLLATE "C",
      ical_uid text,
      etag text,
      title text,
      description text,
      location text,
      kind text NOT NULL,
      original_start jsonb,
      all_day boolean NOT NULL,
      starts_at timestamptz NOT NULL,
      ends_at timestamptz NOT NULL,
      start_date date,
      end_date date,
      start_time_zone text,
      end_time_zone text,
      status text NOT NULL,
      busy boolean NOT NULL,
      event_type text NOT NULL,
      visibility text NOT NULL,
      organizer jsonb,
      attendees jsonb NOT NULL,
      self_response text,
      conference_url text,
      reminders jsonb,
      link text,
      provider_created_at timestamptz,
      provider_updated_at timestamptz,
      sparse boolean NOT NULL,
      shown boolean NOT NULL,
      round uuid NOT NULL,
      CONSTRAINT events_one_per_calendar UNIQUE (calendar_id, provider_event_id),
      CONSTRAINT events_all_day_has_dates CHECK (NOT all_day OR (start_date IS NOT NULL AND end_date IS NOT NULL))
    )`);
  await queryRunner.query(
    `CREATE INDEX events_of_series ON events (calendar_id, series_id) WHERE series_id IS NOT NULL`,
  );
  await queryRunner.query(
    `CREATE INDEX events_to_complete ON events (calendar_id, series_id) WHERE sparse`,
  );
  await queryRunner.query(
    `CREATE INDEX events_masters ON events (calendar_id) WHERE kind = 'master'`,
  );
  await queryRunner.query(
    `CREATE INDEX events_by_account_and_start ON events (account_id, starts_at, id) WHERE shown`,
  );
  await queryRunner.query(
    `CREATE INDEX events_by_calendar_and_start ON events (calendar_id, starts_at, id) WHERE shown`,
  );
}
