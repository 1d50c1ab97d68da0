// Field reports 05 and 06: refusals that prove nothing about the grant.

import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { type Deployment, deploy } from '../support/deployment.js';
import { Person, type ProviderName } from './person.js';

let deployment: Deployment;

beforeAll(async () => {
  deployment = await deploy({ push: true, service: { choresEverySeconds: 1 } });
});
afterAll(() => deployment?.stop());
afterEach(() => deployment.sandbox.control.clearFaults());

const GOOGLE_READ = 'google.events.list';
const MICROSOFT_READ = 'microsoft.calendarView.delta';
const CALENDAR_SCOPE = {
  google: 'https://www.googleapis.com/auth/calendar',
  microsoft: 'https://graph.microsoft.com/Calendars.ReadWrite',
};

/** A refusal as the provider words it. */
function refusal(provider: ProviderName, status: number, reason?: string) {
  if (provider === 'google')
    return {
      status,
      body: {
        error: {
          code: status,
          message: 'Refused.',
          errors: [{ reason: reason ?? (status === 401 ? 'authError' : 'forbidden') }],
        },
      },
    };
  const code = reason ?? (status === 401 ? 'ExtensionError' : 'ErrorAccessDenied');
  return { status, body: { error: { code, message: 'Access is denied.' } } };
}

async function until(happens: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    if (await happens()) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('it did not happen within ten seconds');
}

const tokenRequests = (person: Person) =>
  person.requests(`${person.provider}.token`).filter(({ status }) => status === 200).length;

describe.each([
  ['google', 'google.events.watch', GOOGLE_READ],
  ['microsoft', 'microsoft.subscriptions.*', MICROSOFT_READ],
] as const)('%s: an operation beside reading', (provider, push, read) => {
  test.each([401, 403])('push that answers %i fails, and the account is polled', async (status) => {
    const person = new Person(deployment, provider);
    person.add('a', 1);
    for (const name of ['b', 'c', 'd']) person.addCalendar({ name });
    deployment.sandbox.control.addFault({
      route: push,
      user: person.email,
      times: 'always',
      ...refusal(provider, status),
    });
    await person.connect();
    await until(async () => (await person.account()).push.state === 'failed');
    expect(await person.account()).toMatchObject({ status: 'connected', statusReason: null });
    person.add('b', 2);
    expect(await person.syncAgain()).toMatchObject({ state: 'idle', error: null });
    expect(await person.titles()).toEqual(['a', 'b']);
    expect((await person.account()).nextSyncAt).not.toBeNull();
    expect(tokenRequests(person)).toBeLessThanOrEqual(2);
  });

  test.each([401, 403])(
    'one calendar that answers %i while the others are read fails alone',
    async (status) => {
      const person = new Person(deployment, provider);
      person.add('a', 1);
      const odd = person.addCalendar({ name: 'Odd' });
      person.add('kept', 2, {}, odd);
      await person.connect();
      person.add('b', 3);
      deployment.sandbox.control.addFault({
        route: read,
        user: person.email,
        path: odd,
        times: 'always',
        ...refusal(provider, status, status === 403 ? 'insufficientPermissions' : undefined),
      });
      const sync = await person.syncAgain();
      expect(sync).toMatchObject({ state: 'idle' });
      expect(sync.error).not.toBeNull();
      expect(await person.titles()).toEqual(['a', 'kept', 'b']);
      expect((await person.account()).status).toBe('connected');
      deployment.sandbox.control.clearFaults();
      expect(await person.syncAgain()).toMatchObject({ state: 'idle', error: null });
    },
  );
});

test('Microsoft: instances of a series that answer 401 or 403 cost no account', async () => {
  for (const status of [401, 403]) {
    const person = new Person(deployment, 'microsoft');
    person.add('single', 1);
    person.add('daily', 1, { recurrence: 'RRULE:FREQ=DAILY;COUNT=3' });
    deployment.sandbox.control.addFault({
      route: 'microsoft.events.*',
      user: person.email,
      times: 'always',
      ...refusal('microsoft', status),
    });
    await person.connect();
    expect(await person.account()).toMatchObject({ status: 'connected', statusReason: null });
    expect(await person.titles()).toContain('single');
  }
});

test.each(['MailboxNotEnabledForRESTAPI', 'MailboxNotSupportedForRESTAPI'])(
  'Microsoft: %s of one shared calendar does not take the mailbox from the account',
  async (code) => {
    const person = new Person(deployment, 'microsoft');
    person.add('a', 1);
    const team = person.addCalendar({ name: 'Team' });
    deployment.sandbox.control.addFault({
      route: MICROSOFT_READ,
      user: person.email,
      path: team,
      times: 'always',
      ...refusal('microsoft', 404, code),
    });
    expect(await person.connect()).toMatchObject({ error: { code: 'calendar_forbidden' } });
    expect(await person.account()).toMatchObject({ status: 'connected', statusReason: null });
    expect(await person.titles()).toEqual(['a']);
  },
);

describe.each([
  ['google', 'google.calendarList.list', ['forbidden', 'insufficientPermissions']],
  ['microsoft', 'microsoft.calendars.list', ['ErrorAccessDenied', 'AccessDenied']],
] as const)('%s: the calendar list', (provider, route, reasons) => {
  test.each([
    ...reasons.map((reason) => [403, reason] as const),
    [401, provider === 'google' ? 'authError' : 'InvalidAuthenticationToken'] as const,
  ])('an incident that answers %i %s is waited for', async (status, reason) => {
    const person = new Person(deployment, provider);
    person.add('a', 1);
    await person.connect();
    const { lastSyncedAt } = await person.account();
    deployment.sandbox.control.addFault({
      route,
      user: person.email,
      times: 'always',
      ...refusal(provider, status, reason),
    });
    for (let run = 0; run < 2; run += 1) {
      expect(await person.syncAgain()).toMatchObject({
        state: 'backoff',
        error: { code: 'provider_error', retryable: true },
      });
      const account = await person.account();
      expect(account).toMatchObject({ status: 'connected', statusReason: null, lastSyncedAt });
      expect(account.nextSyncAt).not.toBeNull();
    }
    expect(await person.titles()).toEqual(['a']);
    deployment.sandbox.control.clearFaults();
    person.add('b', 2);
    expect(await person.syncAgain()).toMatchObject({ state: 'idle', error: null });
    expect(await person.titles()).toEqual(['a', 'b']);
  });

  test('a scope that is really gone needs the user, and reconnecting repairs it', async () => {
    const person = new Person(deployment, provider);
    person.add('a', 1);
    await person.connect();
    person.control.withdrawScopes({ ...person.ref, scopes: [CALENDAR_SCOPE[provider]] });
    await person.syncAgain();
    const { status, statusReason, nextSyncAt } = await person.account();
    expect({ status, nextSyncAt }).toEqual({
      status: 'reauthorization_required',
      nextSyncAt: null,
    });
    // Where a refresh names the scope, Microsoft refuses it: consent is gone.
    expect(provider === 'google' ? ['missing_scopes'] : ['missing_scopes', 'revoked']).toContain(
      statusReason,
    );
    await person.connect();
    expect((await person.account()).status).toBe('connected');
  });

  test('a grant that is really revoked needs the user at once', async () => {
    const person = new Person(deployment, provider);
    await person.connect();
    person.control.revokeGrants(person.ref);
    await person.syncAgain();
    expect(await person.account()).toMatchObject({
      status: 'reauthorization_required',
      statusReason: 'revoked',
      nextSyncAt: null,
    });
  });
});

describe.each(['google', 'microsoft'] as const)('%s', (provider) => {
  test.each([
    ['a 200 that is no JSON', 200, 'not JSON'],
    ['a refusal', 400, { error: {} }],
  ])(
    'an account none of whose calendars can be read is in backoff and says why: %s',
    async (_name, status, body) => {
      const person = new Person(deployment, provider);
      person.add('a', 1);
      deployment.sandbox.control.addFault({
        route: provider === 'google' ? GOOGLE_READ : MICROSOFT_READ,
        user: person.email,
        times: 'always',
        status,
        body,
      });
      const sync = await person.connect();
      expect(sync).toMatchObject({ state: 'backoff', error: { retryable: true } });
      expect(sync.error.message).not.toMatch(/refused/i);
      expect(await person.account()).toMatchObject({ status: 'connected', lastSyncedAt: null });
      deployment.sandbox.control.clearFaults();
      expect(await person.syncAgain()).toMatchObject({ state: 'idle', error: null });
      expect((await person.account()).lastSyncedAt).not.toBeNull();
    },
  );
});
