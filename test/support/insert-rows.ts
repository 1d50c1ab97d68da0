/**
 * Rows written straight into a test's database, for suites below HTTP that need an account, a
 * calendar or an event to exist.
 */
import { randomUUID } from 'node:crypto';

/** A TypeORM DataSource or a pg client, with `integrations` on its search path. */
export interface Database {
  query(text: string, values?: unknown[]): Promise<unknown>;
}

/** Columns of `connected_accounts`; what is left out gets a value that no code depends on. */
export interface AccountRow {
  readonly id?: string;
  readonly userId?: string;
  readonly provider?: string;
  /** Sealed, or any text where no test opens it. */
  readonly accessToken?: string;
  readonly refreshToken?: string;
  /** Default: now. */
  readonly accessTokenExpiresAt?: Date;
}

/**
 * Inserts a connected account that was never synced, whose provider account id is its own id.
 *
 * @returns its id
 */
export async function insertAccount(database: Database, row: AccountRow = {}): Promise<string> {
  const { id = randomUUID(), userId = 'user', provider = 'google' } = row;
  const { accessToken = 'a', refreshToken = 'r', accessTokenExpiresAt = new Date() } = row;
  await database.query(
    `INSERT INTO connected_accounts (id, user_id, provider, provider_account_id, scopes, status,
            access_token, refresh_token, access_token_expires_at, connected_at, updated_at)
     VALUES ($1::uuid, $2, $3, $1::text, '{}', 'connected', $4, $5, $6, now(), now())`,
    [id, userId, provider, accessToken, refreshToken, accessTokenExpiresAt],
  );
  await database.query('INSERT INTO account_syncs (account_id) VALUES ($1)', [id]);
  return id;
}

/** Inserts a selected calendar of an account. @returns its id */
export async function insertCalendar(
  database: Database,
  { accountId, id = randomUUID(), name = 'Calendar' }: CalendarRow,
): Promise<string> {
  await database.query(
    `INSERT INTO calendars (id, account_id, provider_calendar_id, name, is_primary, access_role, selected)
     VALUES ($1::uuid, $2, $1::text, $3, false, 'owner', true)`,
    [id, accountId, name],
  );
  return id;
}

/** Columns of `calendars`. */
export interface CalendarRow {
  readonly accountId: string;
  readonly id?: string;
  readonly name?: string;
}

/** Inserts a visible event of one hour on 2026-12-24. @returns its id */
export async function insertEvent(
  database: Database,
  { accountId, calendarId, id = randomUUID() }: EventRow,
): Promise<string> {
  // Both dates are set too, so that a test may turn it into an all-day event.
  await database.query(
    `INSERT INTO events (id, account_id, calendar_id, provider_event_id, kind, all_day, starts_at, ends_at,
            start_date, end_date, status, busy, event_type, visibility, attendees, sparse, shown, round)
     VALUES ($1::uuid, $2, $3, $1::text, 'single', false, '2026-12-24T09:00:00Z', '2026-12-24T10:00:00Z',
            '2026-12-24', '2026-12-25', 'confirmed', false, 'default', 'default', '[]', false, true, $1::uuid)`,
    [id, accountId, calendarId],
  );
  return id;
}

/** Columns of `events`. */
export interface EventRow {
  readonly accountId: string;
  readonly calendarId: string;
  readonly id?: string;
}
