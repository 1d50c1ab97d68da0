/** Dates relative to today, and an account's calendars and events read page by page. */
import type { Browser } from './client.js';

/** The date `offset` days from today, in UTC. */
export function day(offset: number): string {
  return new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10);
}

// biome-ignore lint/suspicious/noExplicitAny: judged by the checks
export type Shown = any;

export async function calendarsOf(browser: Browser, account: string): Promise<Shown[]> {
  return (await browser.ask(`/integrations/accounts/${account}/calendars`)).body.data;
}

/** Selects every listed calendar, so that the checks do not depend on the default selection. */
export async function selectAll(browser: Browser, account: string): Promise<void> {
  for (const { id, selected } of await calendarsOf(browser, account)) {
    if (selected) continue;
    const path = `/integrations/accounts/${account}/calendars/${id}`;
    const { status } = await browser.ask(path, { method: 'PATCH', json: { selected: true } });
    if (status !== 200) throw new Error(`PATCH ${path}: ${status}`);
  }
}

/** Reads all events in pages of this size. */
export async function eventsOf(
  browser: Browser,
  account: string,
  query = '',
  limit = 50,
): Promise<Shown[]> {
  const events: Shown[] = [];
  let cursor: string | null = null;
  do {
    const more: string = cursor ? `&cursor=${encodeURIComponent(cursor)}` : '';
    const reply = await browser.ask(
      `/integrations/accounts/${account}/events?limit=${limit}${query}${more}`,
    );
    if (reply.status !== 200) throw new Error(`events: ${reply.status} ${reply.text}`);
    if (reply.body.data.length > limit) throw new Error(`more than ${limit} events on a page`);
    events.push(...reply.body.data);
    cursor = reply.body.nextCursor;
  } while (cursor);
  return events;
}

/** The start by which events are ordered: an all-day event starts with its day. */
export function beginning({ start }: Shown): string {
  return start.dateTime ?? `${start.date}T00:00:00.000Z`;
}

export function ids(events: Shown[]): string[] {
  return events.map(({ providerEventId }) => providerEventId).sort();
}
