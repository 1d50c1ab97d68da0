/** The Calendar API's URL table. */
import type { Route } from '../wire/exchange.js';
import { getCalendar, getCalendarEntry, listCalendars } from './calendar-list.js';
import { forCalendar, forCaller } from './caller.js';
import { listEvents } from './list-events.js';
import { listInstances } from './list-instances.js';
import {
  changeGoogleEvent,
  deleteGoogleEvent,
  getEvent,
  insertGoogleEvent,
  moveGoogleEvent,
} from './write-events.js';

const row = (name: string, method: string, path: string, answer: Route['answer']): Route => ({
  name: `google.${name}`,
  provider: 'google',
  group: 'api',
  method,
  path: `/google/calendar/v3${path}`,
  answer,
});

const EVENTS = '/calendars/:calendarId/events';

/** The routes of this file. */
export const GOOGLE_CALENDAR_ROUTES: readonly Route[] = [
  row(
    'calendarList.list',
    'GET',
    '/users/me/calendarList',
    forCaller('listCalendars', listCalendars),
  ),
  row(
    'calendarList.get',
    'GET',
    '/users/me/calendarList/:calendarId',
    forCaller('listCalendars', getCalendarEntry),
  ),
  row('calendars.get', 'GET', '/calendars/:calendarId', forCaller('listCalendars', getCalendar)),
  row('events.list', 'GET', EVENTS, forCalendar('readEvents', listEvents)),
  row('events.insert', 'POST', EVENTS, forCalendar('writeEvents', insertGoogleEvent)),
  row('events.get', 'GET', `${EVENTS}/:eventId`, forCalendar('readEvents', getEvent)),
  row('events.patch', 'PATCH', `${EVENTS}/:eventId`, forCalendar('writeEvents', changeGoogleEvent)),
  row('events.update', 'PUT', `${EVENTS}/:eventId`, forCalendar('writeEvents', changeGoogleEvent)),
  row(
    'events.delete',
    'DELETE',
    `${EVENTS}/:eventId`,
    forCalendar('writeEvents', deleteGoogleEvent),
  ),
  row(
    'events.move',
    'POST',
    `${EVENTS}/:eventId/move`,
    forCalendar('writeEvents', moveGoogleEvent),
  ),
  row(
    'events.instances',
    'GET',
    `${EVENTS}/:eventId/instances`,
    forCalendar('readEvents', listInstances),
  ),
];
