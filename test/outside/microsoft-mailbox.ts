/** Ana's calendars at Microsoft, with every kind of calendar and event. */
import { day } from './reading.js';
import { graphCalendar, graphEvent, graphMaster, graphTime, sparse } from './samples.js';

export const ODD = 'AAMkAD/odd+id==';
export const utc = (offset: number, time: string) => `${day(offset)}T${time}.000Z`;
export const person = (name: string, response: string, type: string) => ({
  type,
  status: { response, time: '0001-01-01T00:00:00Z' },
  emailAddress: { name, address: `${name}@contoso.com` },
});
export const main = graphCalendar('AAMkMain=', { isDefaultCalendar: true, hexColor: '#0078d4' }, [
  // Sparse occurrences come before their master, on other pages.
  sparse('occ1', 'Series', 1),
  sparse('occ2', 'Series', 8),
  graphEvent('full', 3, {
    body: { contentType: 'text', content: 'words' },
    location: { displayName: 'Room 1' },
    attendees: [
      person('bo', 'notResponded', 'required'),
      person('cy', 'tentativelyAccepted', 'optional'),
      person('room', 'none', 'resource'),
    ],
    isOnlineMeeting: true,
    onlineMeeting: { joinUrl: 'https://teams.microsoft.com/l/meetup-join/1' },
    sensitivity: 'private',
    showAs: 'tentative',
    responseStatus: { response: 'tentativelyAccepted', time: '2026-01-01T00:00:00Z' },
  }),
  graphEvent('exc3', 16, {
    type: 'exception',
    seriesMasterId: 'Series',
    originalStart: utc(15, '08:00:00'),
    subject: 'Moved',
  }),
  graphEvent('url', 4, {
    onlineMeetingUrl: 'https://old.example/join',
    subject: '',
    showAs: 'free',
    isReminderOn: false,
    sensitivity: 'personal',
  }),
  graphEvent('martian', 5, {
    originalStartTimeZone: 'tzone://Microsoft/Custom',
    originalEndTimeZone: 'Mars Standard Time',
  }),
  graphEvent('iana', 6, {
    originalStartTimeZone: 'Asia/Tokyo',
    originalEndTimeZone: 'Pacific Standard Time',
    showAs: 'oof',
  }),
  graphEvent('allDay', 7, {
    isAllDay: true,
    start: graphTime(7, '00:00:00'),
    end: graphTime(8, '00:00:00'),
    originalStartTimeZone: 'Tonga Standard Time',
  }),
  graphEvent('allDayWest', 9, {
    isAllDay: true,
    start: graphTime(9, '00:00:00'),
    end: graphTime(11, '00:00:00'),
    originalStartTimeZone: 'Dateline Standard Time',
  }),
  graphEvent('called', 10, { isCancelled: true }),
  graphEvent('caseID', 11),
  graphEvent('CaseID', 12),
  {
    '@odata.type': '#microsoft.graph.event',
    id: 'broken',
    type: 'singleInstance',
    start: null,
    end: null,
  },
  graphMaster('Series', {
    subject: 'Weekly',
    location: { displayName: 'Everywhere' },
    attendees: [person('bo', 'accepted', 'required')],
    onlineMeeting: { joinUrl: 'https://teams.microsoft.com/s' },
  }),
  graphMaster('Lonely', { subject: 'A master without occurrences' }),
]);
export const odd = graphCalendar(
  ODD,
  { canEdit: false, owner: { name: 'Boss', address: 'boss@contoso.com' } },
  [graphEvent('in odd', 2)],
);
export const empty = graphCalendar('AAMkEmpty_-=', { name: 'Birthdays', canEdit: false });
export const upper = graphCalendar('AAMkCASE=', {}, [graphEvent('upper', 2)]);
export const lower = graphCalendar('AAMkcase=', {}, [graphEvent('lower', 2)]);
export const all = [main, odd, empty, upper, lower];
