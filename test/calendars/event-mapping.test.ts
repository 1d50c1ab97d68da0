/** The fields of an event, and the version of the mapping that fills them. */
import { expect, test } from '@jest/globals';
import { EVENT_COLUMNS, type ListedEvent } from '../../src/calendars/event-columns.js';
import { rowOf, shownEventOf } from '../../src/calendars/event-row.js';
import { pageCursor } from '../../src/providers/cursor-version.js';
import { allDay, event } from '../sync/scripted-provider.js';

/**
 * When this fails, a field was added or removed. Raise EVENT_MAPPING_VERSION in
 * src/providers/cursor-version.ts, so that stored events get the new field, and then change both
 * values here.
 */
test('the version of the event mapping changes with the fields', () => {
  expect(pageCursor(null, '')).toBe('v1:');
  expect(EVENT_COLUMNS.map(({ column }) => column).join(' ')).toBe(
    'provider_event_id series_id ical_uid etag title description location kind original_start ' +
      'all_day starts_at ends_at start_date end_date start_time_zone end_time_zone status busy ' +
      'event_type visibility organizer attendees self_response conference_url reminders link ' +
      'provider_created_at provider_updated_at sparse',
  );
});

const known = {
  createdAt: '2026-11-01T00:00:00.000Z',
  updatedAt: '2026-12-01T00:00:00.000Z',
  start: { dateTime: '2026-12-24T09:00:00.000Z', timeZone: 'Europe/Madrid' },
  end: { dateTime: '2026-12-24T10:00:00.000Z', timeZone: null },
};

test.each([
  ['an event with times', event('a', known)],
  [
    'an all-day event',
    { ...allDay('b', '2026-12-24', '2026-12-26'), createdAt: null, updatedAt: null },
  ],
])('%s is shown as it was stored', (_name, record) => {
  const row = rowOf(record);
  const listed = Object.fromEntries(
    EVENT_COLUMNS.filter(({ property }) => property !== 'sparse').map(
      ({ property, column, type }) => {
        const value = row[column];
        return [property, type === 'timestamptz' && value ? new Date(String(value)) : value];
      },
    ),
  );
  const { sparse, ...values } = record;
  expect(sparse).toBe(false);
  expect(shownEventOf(listed as unknown as ListedEvent)).toEqual(values);
});
