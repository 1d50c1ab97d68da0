// The lines of an export: a user's accounts, and of each its calendars and events, page by page.

import type { ConnectedAccount } from '../../accounts/connected-account.js';
import { presentCalendar, presentEvent } from '../present.js';
import type { HttpServices } from '../services.js';
import { presentOneAccount } from './accounts.js';

const EVENTS_AT_ONCE = 200;

type Needs = Pick<HttpServices, 'accounts' | 'calendars' | 'sync' | 'push'>;

/** Each line with its end. @throws when a store is unavailable */
export async function* exportLines(services: Needs, userId: string): AsyncGenerator<string> {
  for (const account of await services.accounts.ofUser(userId)) {
    const state = (await services.sync.statesOf([account.id])).get(account.id);
    // It was disconnected since it was read.
    if (state === undefined) continue;
    yield lineOf('account', await presentOneAccount(services, account));
    for (const calendar of await services.calendars.list(account.id))
      yield lineOf('calendar', presentCalendar(calendar, state));
    yield* eventLines(services, account);
  }
}

async function* eventLines({ calendars }: Needs, { id }: ConnectedAccount): AsyncGenerator<string> {
  const all = { accountId: id, calendarId: null, from: null, to: null, limit: EVENTS_AT_ONCE };
  for (let cursor: string | null = null, isFirst = true; isFirst || cursor !== null; ) {
    const page: Awaited<ReturnType<typeof calendars.listEvents>> = await calendars.listEvents({
      ...all,
      cursor,
    });
    yield page.events.map((event) => lineOf('event', presentEvent(event))).join('');
    cursor = page.nextCursor;
    isFirst = false;
  }
}

const lineOf = (type: string, fields: object): string => `${JSON.stringify({ type, ...fields })}\n`;
