/** The routes of Graph. /users/{id} is replaced by /me before the lookup. */
import type { Route } from '../wire/exchange.js';
import {
  calendarView,
  getCalendar,
  getMe,
  listCalendars,
  listEvents,
  listInstances,
} from './calendar-view.js';
import { calendarViewDelta } from './delta.js';
import { forCalendar, forEvent, forMailbox } from './mailbox.js';
import { createEvent, deleteEvent, getEvent, patchEvent } from './write-events.js';

const row = (
  name: string,
  method: string,
  path: string,
  answer: Route['answer'],
  group: Route['group'] = 'api',
): Route => ({
  name: `microsoft.${name}`,
  provider: 'microsoft',
  group,
  method,
  path: `/microsoft/graph/v1.0${path}`,
  answer,
});

/** The routes below a calendar's path. `/me` and `/me/calendar` are the default calendar. */
function calendarRows(base: string): Route[] {
  return [
    row(
      'calendarView.delta',
      'GET',
      `${base}/calendarView/delta`,
      forCalendar('readCalendars', calendarViewDelta),
    ),
    row(
      'calendarView.list',
      'GET',
      `${base}/calendarView`,
      forCalendar('readCalendars', calendarView),
    ),
    row('events.list', 'GET', `${base}/events`, forCalendar('readCalendars', listEvents)),
    row('events.create', 'POST', `${base}/events`, forCalendar('writeCalendars', createEvent)),
    row('events.get', 'GET', `${base}/events/:eventId`, forEvent('readCalendars', getEvent)),
    row('events.patch', 'PATCH', `${base}/events/:eventId`, forEvent('writeCalendars', patchEvent)),
    row(
      'events.delete',
      'DELETE',
      `${base}/events/:eventId`,
      forEvent('writeCalendars', deleteEvent),
    ),
    row(
      'events.instances',
      'GET',
      `${base}/events/:eventId/instances`,
      forEvent('readCalendars', listInstances),
    ),
  ];
}

/** The routes of this file. */
export const GRAPH_ROUTES: readonly Route[] = [
  row('me', 'GET', '/me', forMailbox('readProfile', getMe), 'identity'),
  row('calendars.list', 'GET', '/me/calendars', forMailbox('readCalendars', listCalendars)),
  row('calendars.get', 'GET', '/me/calendar', forCalendar('readCalendars', getCalendar)),
  row(
    'calendars.get',
    'GET',
    '/me/calendars/:calendarId',
    forCalendar('readCalendars', getCalendar),
  ),
  ...calendarRows('/me'),
  ...calendarRows('/me/calendar'),
  ...calendarRows('/me/calendars/:calendarId'),
];
