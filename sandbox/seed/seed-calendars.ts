/** Creates the calendars of the seeded people. */
import type { Person, StoredCalendar } from '../calendars/stored-event.js';
import type { Account, CalendarEntry, ProviderName } from '../world/state.js';
import type { World } from '../world/world.js';
import { addCalendar, listCalendar } from './add-calendar.js';
import { addEvent } from './add-event.js';
import { addSeries, addSingles, Days } from './lifelike-events.js';

const MEET = 'https://meet.google.com/abc-defg-hij';
const TEAMS =
  'https://teams.microsoft.com/l/meetup-join/19%3ameeting_c2FuZGJveA%40thread.v2/0?context=%7b%7d';

/** Creates the calendars. With `empty` they have no events. */
export function seedCalendars(world: World, contents: 'lifelike' | 'empty'): void {
  const filled = contents === 'lifelike';
  const [ana, bo] = accountsOf(world, 'google');
  const [anaAtWork, cleo, lena] = accountsOf(world, 'microsoft');
  if (ana && bo) seedGoogle(world, ana, bo, filled);
  if (anaAtWork && cleo) seedMicrosoft(world, anaAtWork, cleo, filled);
  if (lena) seedFabrikam(world, lena, filled);
  for (const calendar of world.calendars.values()) world.calendarChanged(calendar, 'silent');
}

const accountsOf = (world: World, provider: ProviderName) =>
  world.state.accounts.filter((account) => account.provider === provider && !account.noCalendar);

const personOf = (account: Account): Person => ({ email: account.email, name: account.name });

function seedGoogle(world: World, ana: Account, bo: Account, filled: boolean): void {
  const primary = (account: Account) =>
    world.calendar(
      addCalendar(world, account, { id: account.email, name: account.email, primary: true }),
    );
  const anaPrimary = primary(ana);
  const boPrimary = primary(bo);
  const design = addCalendar(world, bo, {
    name: 'Design team',
    timeZone: 'Europe/London',
    description: 'Who is on what',
  });
  const project = addCalendar(world, ana, { name: 'Proyecto Faro' });
  listCalendar(world, ana, world.calendar(design), { id: design.id, accessRole: 'writer' });
  listCalendar(world, ana, boPrimary, { id: bo.email, accessRole: 'freeBusyReader' });
  const spain = addCalendar(world, ana, {
    id: 'es.spain#holiday@group.v.calendar.google.com',
    name: 'Festivos en España',
    summaryOverride: 'Holidays',
    ...HOLIDAYS,
  });
  const usa = addCalendar(world, bo, {
    id: 'en.usa#holiday@group.v.calendar.google.com',
    name: 'Holidays in United States',
    ...HOLIDAYS,
  });
  addCalendar(world, ana, { name: 'Old flat share', hidden: true });
  if (!filled) return;
  addSeries(world, anaPrimary, personOf(ana), personOf(bo), MEET);
  addSingles(world, anaPrimary, personOf(ana), personOf(bo), MEET);
  addSeries(world, boPrimary, personOf(bo), personOf(ana), MEET);
  addSingles(world, boPrimary, personOf(bo), personOf(ana), MEET);
  addGoogleKinds(world, anaPrimary);
  addHolidays(world, world.calendar(spain));
  addHolidays(world, world.calendar(usa));
  addSprints(world, world.calendar(project));
  addSprints(world, world.calendar(design));
}

const HOLIDAYS = { subscribed: true, owner: { email: 'holidays@example.com', name: 'Holidays' } };

function seedMicrosoft(world: World, ana: Account, cleo: Account, filled: boolean): void {
  const named = (account: Account, name: string, primary = false) =>
    addCalendar(world, account, {
      name,
      primary,
      owner: { email: account.mail ?? account.email, name: account.name },
    });
  const anaPrimary = named(ana, 'Calendar', true);
  const project = named(ana, 'Projekt Leuchtturm');
  const birthdays = readOnly(world, ana, 'Birthdays');
  const holidays = readOnly(world, ana, 'Germany holidays');
  const dana = { email: 'dana@northwind.example', name: 'Dana Weiss' };
  const shared = addCalendar(world, ana, { name: 'Dana Weiss', owner: dana, accessRole: 'reader' });
  const cleos = named(cleo, 'Calendar', true);
  const family = named(cleo, 'Family');
  const american = readOnly(world, cleo, 'United States holidays');
  if (!filled) return;
  const [me, her] = [{ email: ana.mail ?? ana.email, name: ana.name }, personOf(cleo)];
  addSeries(world, world.calendar(anaPrimary), me, dana, TEAMS);
  addSingles(world, world.calendar(anaPrimary), me, dana, TEAMS);
  addSeries(world, world.calendar(cleos), her, me, TEAMS);
  addSingles(world, world.calendar(cleos), her, me, TEAMS);
  addSingles(world, world.calendar(shared), dana, me, TEAMS);
  addSprints(world, world.calendar(project));
  addSprints(world, world.calendar(family));
  addBirthdays(world, world.calendar(birthdays));
  addHolidays(world, world.calendar(holidays));
  addHolidays(world, world.calendar(american));
}

function seedFabrikam(world: World, lena: Account, filled: boolean): void {
  const her = personOf(lena);
  const calendar = addCalendar(world, lena, { name: 'Calendar', primary: true, owner: her });
  if (!filled) return;
  const colleague = { email: 'jon@fabrikam.example', name: 'Jon Fabri' };
  addSeries(world, world.calendar(calendar), her, colleague, TEAMS);
}

function readOnly(world: World, account: Account, name: string): CalendarEntry {
  const owner = { email: account.mail ?? account.email, name: account.name };
  return addCalendar(world, account, { name, owner, subscribed: true });
}

function addGoogleKinds(world: World, calendar: StoredCalendar): void {
  const days = new Days(world.now(), calendar.timeZone);
  const start = `${Number(days.date(0).slice(0, 4)) - 3}${days.date(20).slice(4)}`.replace(
    /-02-29$/,
    '-02-28',
  );
  const end = new Date(Date.parse(start) + 86_400_000).toISOString().slice(0, 10);
  addEvent(world, calendar, {
    start,
    end,
    recurrence: 'RRULE:FREQ=YEARLY',
    title: "Noor's birthday",
    eventType: 'birthday',
    showAs: 'free',
    visibility: 'private',
  });
  addEvent(world, calendar, {
    ...days.at(2, '09:30', 150),
    title: 'Focus time',
    eventType: 'focusTime',
  });
  addEvent(world, calendar, {
    ...days.at(13, '00:00', 1440),
    title: 'Out of office',
    eventType: 'outOfOffice',
    showAs: 'oof',
  });
  addEvent(world, calendar, {
    ...days.allDay(1),
    title: 'Home',
    eventType: 'workingLocation',
    visibility: 'public',
    extra: { workingLocationProperties: { type: 'homeOffice', homeOffice: {} } },
  });
  addEvent(world, calendar, {
    ...days.at(3, '20:10', 95),
    title: 'Flight to Porto (TP 1015)',
    eventType: 'fromGmail',
    visibility: 'private',
  });
}

function addBirthdays(world: World, calendar: StoredCalendar): void {
  const days = new Days(world.now(), calendar.timeZone);
  for (const [index, name] of [
    'Dana Weiss',
    'Gus Guest',
    'Cleo Okafor',
    'Bo Lindqvist',
  ].entries()) {
    const start = `${1980 + index * 3}${days.date(10 + index * 30).slice(4)}`.replace(
      /-02-29$/,
      '-02-28',
    );
    const end = new Date(Date.parse(start) + 86_400_000).toISOString().slice(0, 10);
    const rule = `RRULE:FREQ=YEARLY;BYMONTH=${Number(start.slice(5, 7))};BYMONTHDAY=${Number(start.slice(8))}`;
    addEvent(world, calendar, {
      start,
      end,
      recurrence: rule,
      title: `${name}'s birthday`,
      showAs: 'free',
    });
  }
}

function addHolidays(world: World, calendar: StoredCalendar): void {
  const year = new Days(world.now(), calendar.timeZone).date(0).slice(0, 4);
  const dates: [string, string, string][] = [
    ['01-01', '01-02', "New Year's Day"],
    ['05-01', '05-02', 'Labour Day'],
    ['08-15', '08-16', 'Assumption Day'],
    ['10-31', '11-02', 'Reformation Day and All Saints'],
    ['12-25', '12-27', 'Christmas'],
  ];
  for (let offset = -1; offset <= 2; offset += 1) {
    for (const [from, to, title] of dates) {
      const inYear = Number(year) + offset;
      addEvent(world, calendar, {
        start: `${inYear}-${from}`,
        end: `${inYear}-${to}`,
        title,
        showAs: 'free',
        visibility: 'public',
      });
    }
  }
}

function addSprints(world: World, calendar: StoredCalendar): void {
  const days = new Days(world.now(), calendar.timeZone);
  const first = days.weekday(-70, 1);
  addEvent(world, calendar, {
    ...days.at(first, '13:00', 60),
    recurrence: 'RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=MO',
    title: 'Sprint change',
  });
  addEvent(world, calendar, {
    ...days.at(first, '17:00', 30),
    recurrence: [
      'RRULE:FREQ=WEEKLY;BYDAY=FR;COUNT=30',
      `EXDATE;TZID=${calendar.timeZone}:${days.date(days.weekday(20, 5)).replaceAll('-', '')}T170000`,
    ],
    title: 'Demo',
  });
  for (let sprint = 0; sprint < 12; sprint += 1) {
    addEvent(world, calendar, {
      ...days.allDay(first + sprint * 14, 12),
      title: `Sprint ${40 + sprint}`,
      showAs: 'free',
      colorId: String(1 + (sprint % 11)),
    });
  }
}
