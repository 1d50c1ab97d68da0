// Google's calendars, responding at once: one calendar for each account, with as many events as its
// access token names (`events-20000`), and nothing new after that. Pages are made beforehand.

import { createServer } from 'node:http';

const PAGE = 2_500;
const JSON_TYPE = { 'content-type': 'application/json' };
const counted = { requests: 0 };

const eventOf = (number) => {
  const start = new Date(Date.now() + (number % 9_000) * 3_000_000);
  const person = (name) => ({ email: `${name}@example.org`, responseStatus: 'accepted' });
  return {
    id: `event${String(number).padStart(8, '0')}`,
    status: 'confirmed',
    etag: `"${number}"`,
    iCalUID: `event${number}@google.com`,
    summary: `Meeting ${number}`,
    description: 'What is to be talked about, and who brings what. '.repeat(4),
    location: 'Room 12',
    start: { dateTime: start.toISOString(), timeZone: 'Europe/Madrid' },
    end: {
      dateTime: new Date(start.getTime() + 3_600_000).toISOString(),
      timeZone: 'Europe/Madrid',
    },
    organizer: person('one'),
    attendees: ['one', 'two', 'three'].map(person),
    created: '2026-01-01T00:00:00.000Z',
    updated: '2026-01-02T00:00:00.000Z',
    htmlLink: `https://calendar.google.com/event?eid=${number}`,
    reminders: { useDefault: true },
  };
};

const made = new Map();
/** The page of a calendar of `events` events. */
function pageOf(events, page) {
  const key = `${events} ${page}`;
  if (!made.has(key)) {
    const last = (page + 1) * PAGE >= events;
    const count = Math.max(0, Math.min(PAGE, events - page * PAGE));
    const items = Array.from({ length: count }, (_, index) => eventOf(page * PAGE + index));
    const end = last ? { nextSyncToken: `after-${events}` } : { nextPageToken: String(page + 1) };
    made.set(key, JSON.stringify({ items, timeZone: 'Europe/Madrid', ...end }));
  }
  return made.get(key);
}

const CALENDARS = JSON.stringify({
  items: [{ id: 'primary@example.org', summary: 'Mine', primary: true, accessRole: 'owner' }],
});

function answer(url, token) {
  if (url.pathname.endsWith('/calendarList')) return CALENDARS;
  const syncToken = url.searchParams.get('syncToken');
  if (syncToken !== null) return JSON.stringify({ items: [], nextSyncToken: syncToken });
  return pageOf(
    Number(/events-(\d+)/.exec(token)?.[1] ?? 0),
    Number(url.searchParams.get('pageToken') ?? 0),
  );
}

createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
  const url = new URL(request.url, 'http://provider');
  if (url.pathname === '/counted')
    return response.writeHead(200, JSON_TYPE).end(JSON.stringify(counted));
  counted.requests += 1;
  response.writeHead(200, JSON_TYPE).end(answer(url, request.headers.authorization ?? ''));
}).listen(Number(process.env.PORT), '127.0.0.1', () => {
  pageOf(0, 0);
  for (let page = 0; page < 8; page += 1) pageOf(20_000, page);
  console.log('ready');
});
