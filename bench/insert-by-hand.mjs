// The least that an initial sync can do: fetches the pages of a calendar and writes each with one
// INSERT … SELECT unnest … ON CONFLICT into the table of events, one transaction for each.

import { randomUUID } from 'node:crypto';

const COLUMNS = {
  provider_event_id: ['text', ({ id }) => id],
  ical_uid: ['text', ({ iCalUID }) => iCalUID],
  etag: ['text', ({ etag }) => etag],
  title: ['text', ({ summary }) => summary],
  description: ['text', ({ description }) => description],
  location: ['text', ({ location }) => location],
  starts_at: ['timestamptz', ({ start }) => start.dateTime],
  ends_at: ['timestamptz', ({ end }) => end.dateTime],
  start_time_zone: ['text', ({ start }) => start.timeZone],
  end_time_zone: ['text', ({ end }) => end.timeZone],
  organizer: ['jsonb', ({ organizer }) => JSON.stringify(organizer)],
  attendees: ['jsonb', ({ attendees }) => JSON.stringify(attendees)],
  reminders: ['jsonb', ({ reminders }) => JSON.stringify(reminders)],
  link: ['text', ({ htmlLink }) => htmlLink],
  provider_created_at: ['timestamptz', ({ created }) => created],
  provider_updated_at: ['timestamptz', ({ updated }) => updated],
};
const NAMES = Object.keys(COLUMNS).join(', ');
const ARRAYS = Object.values(COLUMNS)
  .map(([type], index) => `$${index + 4}::${type}[]`)
  .join(', ');

const INSERT = `
  INSERT INTO events (account_id, calendar_id, round, shown, kind, all_day, status, busy, event_type,
                      visibility, sparse, ${NAMES})
  SELECT $1, $2, $3, true, 'single', false, 'confirmed', true, 'default', 'default', false, row.*
    FROM unnest(${ARRAYS}) AS row (${NAMES})
  ON CONFLICT (calendar_id, provider_event_id) DO UPDATE
    SET round = EXCLUDED.round, title = EXCLUDED.title, starts_at = EXCLUDED.starts_at,
        ends_at = EXCLUDED.ends_at`;

/** @returns milliseconds */
export async function insertByHand({ database, insertAccounts, provider }, events) {
  const [accountId] = await insertAccounts(1, events);
  await database.query('UPDATE account_syncs SET next_sync_at = NULL');
  const calendarId = randomUUID();
  await database.query(
    `INSERT INTO calendars (id, account_id, provider_calendar_id, name, is_primary, access_role,
                            selected) VALUES ($1, $2, 'primary', 'Mine', true, 'owner', true)`,
    [calendarId, accountId],
  );
  const began = performance.now();
  const headers = { authorization: `Bearer events-${events}` };
  for (let page = '0'; page !== undefined; ) {
    const url = `${provider.url}/calendar/v3/calendars/primary/events?pageToken=${page}`;
    const body = await (await fetch(url, { headers })).json();
    const values = Object.values(COLUMNS).map(([, read]) => body.items.map(read));
    await database.query(INSERT, [accountId, calendarId, randomUUID(), ...values]);
    page = body.nextPageToken;
  }
  const took = performance.now() - began;
  await database.query('DELETE FROM account_syncs');
  await database.query('DELETE FROM connected_accounts');
  return took;
}
