/** The events of a working person, relative to today. */

import { changeOccurrence } from '../calendars/change-calendar.js';
import { occurrencesOf } from '../calendars/occurrences.js';
import type { Person, StoredCalendar } from '../calendars/stored-event.js';
import { addLocal, toLocal } from '../calendars/zoned-time.js';
import type { World } from '../world/world.js';
import { addEvent, type EventInput } from './add-event.js';

const DAY = 86_400_000;

/** Dates and times relative to today, in a calendar's time zone. */
export class Days {
  readonly #today: string;
  readonly #zone: string;

  constructor(now: Date, zone: string) {
    this.#today = toLocal(now.getTime(), zone).slice(0, 10);
    this.#zone = zone;
  }

  /** The date that is `days` days from today. */
  date(days: number): string {
    return addLocal(`${this.#today}T00:00:00`, days * DAY).slice(0, 10);
  }

  /** The start and end of an event that is `days` days from today. `time` is `HH:MM`. */
  at(
    days: number,
    time: string,
    minutes: number,
    timeZone = this.#zone,
  ): Pick<EventInput, 'start' | 'end'> {
    const start = `${this.date(days)}T${time}:00`;
    return {
      start: { dateTime: start, timeZone },
      end: { dateTime: addLocal(start, minutes * 60_000), timeZone },
    };
  }

  /** The start and end of an all-day event of `length` days. The end is exclusive. */
  allDay(days: number, length = 1): Pick<EventInput, 'start' | 'end'> {
    return { start: this.date(days), end: this.date(days + length) };
  }

  /** The last day with this weekday (Sunday = 0) on or before `days` days from today. */
  weekday(days: number, weekday: number): number {
    const date = new Date(`${this.date(days)}T00:00:00Z`);
    return days - ((date.getUTCDay() - weekday + 7) % 7);
  }
}

/**
 * Adds series that cross both changes of the clock, with an exception and a cancelled occurrence.
 */
export function addSeries(
  world: World,
  calendar: StoredCalendar,
  me: Person,
  other: Person,
  meeting: string,
): void {
  const days = new Days(world.now(), calendar.timeZone);
  const monday = days.weekday(-200, 1);
  const weekly = addEvent(world, calendar, {
    ...days.at(monday, '10:00', 60),
    recurrence: 'RRULE:FREQ=WEEKLY;BYDAY=MO',
    title: 'Weekly planning',
    description:
      '<p>Agenda in the <a href="https://wiki.example/plan">wiki</a>.</p><ul><li>Numbers</li><li>Risks &amp; plans</li></ul>',
    descriptionType: 'html',
    location: 'Room 1',
    conferenceUrl: meeting,
    organizer: me,
    attendees: [
      { ...me, response: 'accepted' },
      { ...other, response: 'needsAction', optional: true },
    ],
  });
  const from = world.now().getTime();
  const [, next, afterNext] = occurrencesOf(
    weekly,
    { from, to: from + 35 * DAY },
    calendar.timeZone,
  );
  if (next && afterNext && 'dateTime' in next.start && 'dateTime' in next.end) {
    const later = (when: typeof next.start) =>
      'date' in when ? when : { ...when, dateTime: addLocal(when.dateTime, 26 * 3_600_000) };
    const moved = {
      start: later(next.start),
      end: later(next.end),
      details: { title: 'Weekly planning (moved to Tuesday)' },
    };
    changeOccurrence(calendar, weekly, next.date, moved, world.now());
    changeOccurrence(calendar, weekly, afterNext.date, 'cancel', world.now());
  }
  addEvent(world, calendar, {
    ...days.at(days.weekday(-1500, 1), '09:15', 15),
    recurrence: 'RRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR',
    title: 'Stand-up',
    reminderMinutes: 5,
    conferenceUrl: meeting,
  });
  addEvent(world, calendar, {
    ...days.at(days.weekday(-90, 2), '16:00', 45),
    recurrence: ['RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,TH'],
    title: `${me.name?.split(' ')[0]} / ${other.name?.split(' ')[0]}`,
    visibility: 'private',
    attendees: [
      { ...me, response: 'accepted' },
      { ...other, response: 'accepted' },
    ],
  });
  addEvent(world, calendar, {
    ...days.at(days.weekday(-120, 3), '18:30', 90, 'America/New_York'),
    recurrence: 'RRULE:FREQ=MONTHLY;BYDAY=1WE',
    title: 'Town hall (New York)',
    showAs: 'tentative',
    status: 'tentative',
  });
  addEvent(world, calendar, {
    ...days.at(-20, '08:00', 30),
    recurrence: 'RRULE:FREQ=DAILY;COUNT=40',
    title: 'Physiotherapy',
    showAs: 'free',
    reminderMinutes: null,
  });
  addEvent(world, calendar, {
    start: `${days.date(-400).slice(0, 8)}15`,
    end: `${days.date(-400).slice(0, 8)}16`,
    recurrence: 'RRULE:FREQ=MONTHLY;BYMONTHDAY=15',
    title: 'Invoices',
    categories: ['Money'],
  });
  const until = days.date(45).replaceAll('-', '');
  addEvent(world, calendar, {
    ...days.at(days.weekday(-30, 5), '15:00', 60, 'Asia/Kolkata'),
    recurrence: `RRULE:FREQ=WEEKLY;BYDAY=FR;UNTIL=${until}T235959Z`,
    title: 'Handover with Bengaluru',
  });
}

const TITLES = [
  'Dentist',
  'Budget review',
  'Lunch with Sam',
  'Interview: backend',
  'Deep work',
  'Call the bank',
  'Design critique',
  'School concert',
  'Release rehearsal',
  'Train to the coast',
];
const PLACES = ['Room 2', 'Café Lisboa', undefined, 'Online', 'Calle Mayor 12', undefined];

/** Adds single events: common ones, and one of each unusual kind. */
export function addSingles(
  world: World,
  calendar: StoredCalendar,
  me: Person,
  other: Person,
  meeting: string,
): void {
  const days = new Days(world.now(), calendar.timeZone);
  const add = (input: EventInput) => addEvent(world, calendar, input);
  for (let day = -45, count = 0; day <= 90; day += 2, count += 1) {
    const location = PLACES[count % PLACES.length];
    const time = `${String(8 + (count % 10)).padStart(2, '0')}:${count % 2 ? '30' : '00'}`;
    add({
      ...days.at(day, time, 30 + 15 * (count % 4)),
      title: TITLES[count % TITLES.length] ?? 'Busy',
      ...(location ? { location } : {}),
    });
  }
  const invited = (response: 'accepted' | 'declined' | 'tentative' | 'needsAction') => ({
    organizer: other,
    attendees: [
      { ...other, response: 'accepted' as const },
      { ...me, response },
      {
        email: 'room-4@example.com',
        name: 'Room 4',
        response: 'accepted' as const,
        resource: true,
      },
    ],
  });
  add({ ...days.allDay(12, 9), title: 'Holiday in Cádiz', showAs: 'oof', eventType: 'default' });
  add({ ...days.allDay(3), title: 'Working from home', showAs: 'workingElsewhere' });
  add({
    ...days.at(2, '11:00', 30),
    title: 'Salary talk',
    visibility: 'private',
    description: 'Between us.',
  });
  add({
    ...days.at(4, '14:00', 60),
    title: 'Maybe: conference call',
    status: 'tentative',
    showAs: 'tentative',
    conferenceUrl: meeting,
  });
  add({ ...days.at(5, '13:00', 60), title: 'Vendor pitch', ...invited('declined') });
  add({ ...days.at(6, '10:00', 60), title: 'Design review', ...invited('needsAction') });
  add({
    ...days.at(7, '17:00', 60),
    title: 'Cancelled by the organiser',
    status: 'cancelled',
    ...invited('accepted'),
  });
  add({ ...days.at(1, '12:00', 60), title: 'Gym', showAs: 'free' });
  add({ ...days.at(8, '09:00', 90, 'America/Los_Angeles'), title: 'Call with California' });
  add({ ...days.at(9, '05:45', 60, 'Asia/Kathmandu'), title: 'Call with Kathmandu' });
  add({ ...days.at(10, '23:30', 120), title: 'Maintenance window over midnight' });
  add({
    ...days.at(1, '18:00', 60),
    title: '🎉 Geburtstagsfeier für Zoë 🎂',
    location: 'Straße der Träume 7',
  });
  add({
    ...days.at(2, '15:00', 30),
    title: 'Imported from an old system',
    description: 'before\u0000after',
  });
  add({
    ...days.at(3, '15:00', 30),
    title: 'Cut in the middle of an emoji',
    description: 'well then \ud83d',
  });
  add({ ...days.at(4, '16:00', 0), title: 'A moment' });
  add({ ...days.at(11, '10:00', 45), title: '', customZone: true });
  add({
    ...days.at(6, '19:00', 60),
    title: 'HTML notes',
    description: '<b>Bring</b> the <script>alert(1)</script> slides<br>and coffee',
    descriptionType: 'html',
  });
}
