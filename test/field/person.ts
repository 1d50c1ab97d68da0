// A person of the sandbox who is connected to a deployment, for tests of what was seen in the field.

import { randomBytes } from 'node:crypto';
import type { CalendarOptions } from '../../sandbox/seed/add-calendar.js';
import type { EventInput } from '../../sandbox/seed/add-event.js';
import type { Browser } from '../support/browser.js';
import type { Deployment } from '../support/deployment.js';

export type ProviderName = 'google' | 'microsoft';

// biome-ignore lint/suspicious/noExplicitAny: the tests judge what the API shows
type Shown = any;

const DAY = 86_400_000;

/** The date `offset` days from today. */
export function day(offset: number): string {
  return new Date(Date.now() + offset * DAY).toISOString().slice(0, 10);
}

/** A person with an empty primary calendar. */
export class Person {
  readonly user = `user-${randomBytes(6).toString('hex')}`;
  readonly email: string;
  readonly browser: Browser;
  accountId = '';

  constructor(
    readonly deployment: Deployment,
    readonly provider: ProviderName,
  ) {
    this.email = `${this.user}@${provider === 'google' ? 'example.com' : 'northwind.example'}`;
    this.browser = deployment.browser(this.user);
    this.control.createAccount({ provider, email: this.email, name: 'Field Person' });
  }

  get control() {
    return this.deployment.sandbox.control;
  }

  get ref() {
    return { provider: this.provider, user: this.email };
  }

  /** Adds an event, an hour from 10:00 UTC `offset` days from today unless `more` says otherwise. */
  add(title: string, offset: number, more: Partial<EventInput> = {}, calendarId?: string) {
    const event = {
      title,
      start: `${day(offset)}T10:00:00Z`,
      end: `${day(offset)}T11:00:00Z`,
      ...more,
    };
    return this.control.createEvent({
      ...this.ref,
      ...(calendarId === undefined ? {} : { calendarId }),
      event,
    });
  }

  addCalendar(calendar: CalendarOptions): string {
    return this.control.createCalendar({ ...this.ref, calendar }).id;
  }

  /** Connects and waits for the first sync. @returns the account's sync */
  async connect(): Promise<Shown> {
    this.accountId = await this.browser.connectAndSync(this.provider, { as: this.email });
    return this.sync();
  }

  /** The account's sync as it is now. */
  async sync(): Promise<Shown> {
    return (await this.browser.get(`/integrations/sync/${this.accountId}`).expect(200)).body;
  }

  async syncAgain(body: object = {}): Promise<Shown> {
    await this.browser.post(`/integrations/sync/${this.accountId}`, body).expect(202);
    return this.browser.synced(this.accountId);
  }

  async events(): Promise<Shown[]> {
    const path = `/integrations/accounts/${this.accountId}/events?limit=200`;
    return (await this.browser.get(path).expect(200)).body.data;
  }

  /** The titles of the shown events, in the order of their starts. */
  async titles(): Promise<(string | null)[]> {
    return (await this.events()).map(({ title }) => title);
  }

  async event(title: string): Promise<Shown> {
    return (await this.events()).find((event) => event.title === title);
  }

  async calendars(): Promise<Shown[]> {
    const path = `/integrations/accounts/${this.accountId}/calendars`;
    return (await this.browser.get(path).expect(200)).body.data;
  }

  async calendar(): Promise<Shown> {
    return (await this.calendars()).find(({ primary }) => primary);
  }

  async account(): Promise<Shown> {
    return (await this.browser.get(`/integrations/accounts/${this.accountId}`).expect(200)).body;
  }

  /** The requests that the sandbox received for this person, by the start of their route. */
  requests(route: string) {
    return this.control.requests({ ...this.ref, route });
  }
}
