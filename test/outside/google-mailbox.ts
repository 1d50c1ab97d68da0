/** Ana's calendars at Google, with every kind of calendar and event. */
import { day } from './reading.js';
import { googleCalendar, googleEvent } from './samples.js';
import type { Json } from './wire.js';

export const ODD = 'team#1/α β%2F@group.calendar.google.com';
export const at = (offset: number, time: string, zone?: string) => ({
  dateTime: `${day(offset)}T${time}`,
  ...(zone ? { timeZone: zone } : {}),
});
export const utc = (offset: number, time: string) =>
  new Date(`${day(offset)}T${time}Z`).toISOString();
export const allDay = (id: string, from: number, to: number) =>
  googleEvent(id, from, { start: { date: day(from) }, end: { date: day(to) } });
export const instance = (offset: number, more: Json = {}) => {
  const id = `weekly_R20260101T080000_${day(offset).replaceAll('-', '')}T080000Z`;
  return googleEvent(id, offset, {
    recurringEventId: 'weekly_R20260101T080000',
    originalStartTime: at(offset, '08:00:00Z', 'Europe/Madrid'),
    iCalUID: 'weekly@google.com',
    ...more,
  });
};
export const primary = googleCalendar(
  'ana@example.com',
  { primary: true, selected: true, backgroundColor: '#9fe1e7', description: 'mine' },
  [
    googleEvent('full', 3, {
      description: 'words\u0000 and <b>html</b>',
      location: 'Room 1',
      htmlLink: 'https://www.google.com/calendar/event?eid=x',
      organizer: { email: 'bo@example.com', displayName: 'Bo' },
      attendees: [
        { email: 'bo@example.com', displayName: 'Bo', organizer: true, responseStatus: 'accepted' },
        { email: 'ana@example.com', self: true, responseStatus: 'tentative', optional: true },
        { email: 'room@resource.example', resource: true, responseStatus: 'needsAction' },
      ],
      conferenceData: {
        entryPoints: [
          { entryPointType: 'phone', uri: 'tel:+1' },
          { entryPointType: 'video', uri: 'https://meet.google.com/abc' },
        ],
      },
      reminders: { useDefault: false, overrides: [{ method: 'popup', minutes: 10 }] },
      visibility: 'private',
      transparency: 'transparent',
      status: 'tentative',
    }),
    googleEvent('hangout', 4, {
      hangoutLink: 'https://meet.google.com/xyz',
      attendeesOmitted: true,
      eventType: 'quantumLeap',
      summary: undefined,
    }),
    googleEvent('zoneless', 5, { start: at(5, '10:00:00-05:00'), end: at(5, '11:00:00-05:00') }),
    googleEvent('martian', 6, {
      start: at(6, '10:00:00Z', 'Mars/Olympus'),
      end: at(6, '11:00:00Z', 'GMT-07:00'),
    }),
    allDay('holiday', 7, 8),
    googleEvent('Case', 8),
    googleEvent('cASE', 9),
    googleEvent('backwards', 10, { end: at(10, '09:00:00+02:00') }),
    { id: 'broken', status: 'confirmed', start: {}, end: null },
    googleEvent('weekly_R20260101T080000', -20, { recurrence: ['RRULE:FREQ=WEEKLY'] }),
    instance(1),
    instance(8),
    instance(15, {
      start: at(16, '12:00:00Z', 'Europe/Madrid'),
      end: at(16, '13:00:00Z', 'Europe/Madrid'),
      summary: 'Moved',
    }),
  ],
);
export const odd = googleCalendar(
  ODD,
  {
    summaryOverride: 'Called otherwise',
    accessRole: 'writerWithoutPrivateAccess',
    timeZone: 'Pacific/Kiritimati',
  },
  [allDay('east', 2, 4)],
);
export const west = googleCalendar(
  'West@Example.com',
  { timeZone: 'Pacific/Pago_Pago' },
  [allDay('west', 2, 3), allDay('first of a year', 20, 21)],
  1,
);
export const busyOnly = googleCalendar(
  'boss@example.com',
  { accessRole: 'freeBusyReader', summary: undefined, timeZone: undefined },
  [{ id: 'fb', status: 'confirmed', start: at(2, '08:00:00Z'), end: at(2, '09:00:00Z') }],
);
export const holidays = googleCalendar('en.usa#holiday@group.v.calendar.google.com', {
  accessRole: 'reader',
});
export const hidden = googleCalendar('hidden@example.com', { hidden: true });
export const all = [primary, odd, west, busyOnly, holidays];
