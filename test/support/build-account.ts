/** Builds a connected account the way a user does: consent at the sandbox, callback, first sync. */
import { randomBytes } from 'node:crypto';
import type { CalendarOptions, EventInput, ProviderName } from '../../sandbox/index.js';
import type { Browser } from './browser.js';
import type { Deployment } from './deployment.js';

/** A calendar to create at the provider, with its events. */
export interface CalendarPlan extends CalendarOptions {
  readonly events?: readonly EventInput[];
}

/** What {@link buildAccount} creates. Everything may be left out. */
export interface AccountPlan {
  /** The user of the product. Default: a new one. */
  readonly userId?: string;
  /** Default: google. */
  readonly provider?: ProviderName;
  /**
   * The person at the provider. Default: a new one; a person the sandbox does not know gets an
   * empty primary calendar.
   */
  readonly email?: string;
  /** Events of the primary calendar. */
  readonly events?: readonly EventInput[];
  /** Calendars beside the primary one. */
  readonly calendars?: readonly CalendarPlan[];
  /** False to return after the callback, as for a deployment without a worker. Default: true. */
  readonly synced?: boolean;
}

/** A connected account and what a test needs to use it. */
export interface BuiltAccount {
  readonly id: string;
  /** `/integrations/accounts/{id}`. */
  readonly path: string;
  readonly userId: string;
  readonly provider: ProviderName;
  readonly email: string;
  /** Signed in as the account's user. */
  readonly browser: Browser;
  /** The provider's ids of the plan's events in the primary calendar, in the plan's order. */
  readonly eventIds: readonly string[];
  /** The provider's ids of the plan's calendars, in the plan's order. */
  readonly calendarIds: readonly string[];
}

/**
 * Creates the person, calendars and events at the deployment's sandbox, connects the account
 * through HTTP, and waits until its first sync has ended.
 *
 * @throws Error when the callback does not end in success or the sync takes longer than 20 seconds.
 */
export async function buildAccount(
  deployment: Deployment,
  plan: AccountPlan = {},
): Promise<BuiltAccount> {
  const unique = randomBytes(4).toString('hex');
  const {
    userId = `user-${unique}`,
    provider = 'google',
    email = `person-${unique}@example.com`,
    events = [],
    calendars = [],
    synced = true,
  } = plan;
  const { control } = deployment.sandbox;
  const person = { provider, user: email };
  const isKnown = control
    .accounts()
    .some((known) => known.provider === provider && known.email === email);
  if (!isKnown) control.createAccount({ provider, email, name: `Person ${unique}` });
  const eventIds = events.map((event) => control.createEvent({ ...person, event }).id);
  const calendarIds = calendars.map(({ events: own = [], ...calendar }) => {
    const { id: calendarId } = control.createCalendar({ ...person, calendar });
    for (const event of own) control.createEvent({ ...person, calendarId, event });
    return calendarId;
  });

  const browser = deployment.browser(userId);
  const end = await browser.connect(provider, { as: email });
  const id = end.searchParams.get('accountId');
  if (id === null) throw new Error(`${email} was not connected: ${end}`);
  if (synced) await browser.synced(id);
  const path = `/integrations/accounts/${id}`;
  return { id, path, userId, provider, email, browser, eventIds, calendarIds };
}

/**
 * An event of one hour, `day` days from today at `hour` o'clock UTC. Days from -30 to 365 are
 * inside the usual window.
 */
export function meeting(title: string, { day = 1, hour = 9 } = {}): EventInput {
  const today = Math.floor(Date.now() / 86_400_000) * 86_400_000;
  const start = today + day * 86_400_000 + hour * 3_600_000;
  const iso = (milliseconds: number) => new Date(milliseconds).toISOString();
  return { title, start: iso(start), end: iso(start + 3_600_000) };
}
