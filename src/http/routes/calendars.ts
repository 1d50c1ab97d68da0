// The calendars of an account, and which of them are synced.

import { z } from 'zod';
import { field } from '../../field.js';
import { Calendar } from '../account-schemas.js';
import { json } from '../answers.js';
import { presentCalendar } from '../present.js';
import { ACCOUNT_ID, id, route } from '../route.js';
import type { HttpServices } from '../services.js';

const CalendarList = z
  .object({ data: field(z.array(Calendar), 'The calendars') })
  .meta({ id: 'CalendarList', description: 'Every calendar of an account' });
const SelectBody = z.strictObject({
  selected: field(z.boolean(), 'Whether to sync it. Its events are removed when it is not', true),
});

/** When the account's next sync is due; null where none is. */
async function nextSyncOf({ sync }: HttpServices, accountId: string) {
  const state = (await sync.statesOf([accountId])).get(accountId);
  return { nextSyncAt: state?.nextSyncAt ?? null };
}

/** `GET /accounts/:accountId/calendars`: every calendar of an account, to its owner or an admin. */
export const listCalendars = route({
  method: 'get',
  path: '/accounts/:accountId/calendars',
  operationId: 'listCalendars',
  tag: 'Calendars',
  summary: "An account's calendars",
  description: 'Also those that are not synced.',
  who: 'user',
  limit: 'read',
  account: 'owner or admin',
  parts: ACCOUNT_ID,
  answer: json(200, CalendarList, 'Calendars'),
  problems: ['account_not_found'],
  async handle({ account, services }) {
    const calendars = await services.calendars.list(account.id);
    const sync = await nextSyncOf(services, account.id);
    return { data: calendars.map((calendar) => presentCalendar(calendar, sync)) };
  },
});

/** `PATCH /accounts/:accountId/calendars/:calendarId`: chooses whether a calendar is synced. */
export const selectCalendar = route({
  method: 'patch',
  path: '/accounts/:accountId/calendars/:calendarId',
  operationId: 'updateCalendar',
  tag: 'Calendars',
  summary: 'Choose whether a calendar is synced',
  description: 'Selecting a calendar starts a sync, and counts as a request for one.',
  who: 'user',
  limit: 'read',
  account: 'owner',
  parts: { ...ACCOUNT_ID, calendarId: id('calendar_not_found') },
  body: SelectBody,
  answer: json(200, Calendar, 'The calendar'),
  problems: ['account_not_found', 'calendar_not_found'],
  async handle({ request, response, account, path, body: { selected }, services }) {
    const { calendars, sync, spend } = services;
    if (selected) await spend('sync', { request, response });
    // Read before the sync below is asked for, which makes the account due at once.
    const next = await nextSyncOf(services, account.id);
    const calendar = await calendars.select(account.id, path.calendarId, selected);
    // The user waits for this calendar, so its first sync does not wait for the next scheduled one.
    if (selected && account.status === 'connected')
      await sync.request(account.id, { trigger: 'manual', full: false });
    return presentCalendar(calendar, next);
  },
});
