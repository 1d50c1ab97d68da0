// Refusals of Microsoft by their meaning: no mailbox, and the consent of an administrator.

import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { type Deployment, deploy } from '../support/deployment.js';
import { Person } from './person.js';

let deployment: Deployment;

beforeAll(async () => {
  deployment = await deploy();
});
afterAll(() => deployment?.stop());
afterEach(() => deployment.sandbox.control.clearFaults());

test.each([
  'ms.mailboxNotEnabled',
  'ms.mailboxNotHosted',
  'ms.noExchange',
  'ms.resourceNotDiscovered',
])('an account without a mailbox has the status reason no_mailbox: %s', async (canned) => {
  const person = new Person(deployment, 'microsoft');
  deployment.sandbox.control.addFault({ canned, route: 'microsoft.calendars.list' });
  await person.connect();
  expect(await person.account()).toMatchObject({
    status: 'reauthorization_required',
    statusReason: 'no_mailbox',
  });
});

test.each([
  'ErrorInvalidUser',
  'ErrorMailboxNotFound',
  'UserMailboxNotFound',
  'ErrorNonExistentMailbox',
  'ErrorNoMailbox',
])('an account that Graph refuses with %s has no mailbox', async (code) => {
  const person = new Person(deployment, 'microsoft');
  deployment.sandbox.control.addFault({
    route: 'microsoft.calendars.list',
    times: 'always',
    status: 404,
    body: { error: { code, message: 'words' } },
  });
  await person.connect();
  expect(await person.account()).toMatchObject({ statusReason: 'no_mailbox' });
});

test.each([
  ['a mailbox that is being moved', 503, 'ErrorMailboxMoveInProgress'],
  ['a store that is out of reach', 503, 'MailboxNotEnabledForRESTAPI'],
  ['a stale mailbox', 500, 'MailboxInfoStale'],
  ['an object that is not found', 404, 'ErrorItemNotFound'],
])('%s is not "no mailbox"', async (_name, status, code) => {
  const person = new Person(deployment, 'microsoft');
  deployment.sandbox.control.addFault({
    route: 'microsoft.calendars.list',
    times: 'always',
    status,
    body: { error: { code, message: 'words' } },
  });
  await person.connect();
  expect((await person.account()).status).toBe('connected');
});

const ADMIN = [
  500011, 500014, 65005, 650051, 650052, 90093, 90094, 90095, 90099, 900941, 50105, 53003,
];

describe.each(ADMIN)('AADSTS%i', (code) => {
  test('the redirect says admin_consent_required', async () => {
    const person = new Person(deployment, 'microsoft');
    const url = new URL(await person.browser.begin('microsoft'));
    url.searchParams.set('sim_error', String(code));
    const end = await person.browser.comeBack(
      await person.browser.consent(url.href, { as: person.email }),
    );
    expect(end.searchParams.get('error')).toBe('admin_consent_required');
  });

  test('a refusal of the code says it, and one of a refresh becomes the status reason', async () => {
    const person = new Person(deployment, 'microsoft');
    deployment.sandbox.control.addFault({ canned: `aadsts.${code}` });
    const end = await person.browser.connect('microsoft', { as: person.email });
    expect(end.searchParams.get('error')).toBe('admin_consent_required');
    await person.connect();
    person.control.expireAccessTokens(person.ref);
    deployment.sandbox.control.addFault({ canned: `aadsts.${code}` });
    await person.syncAgain();
    expect(await person.account()).toMatchObject({
      status: 'reauthorization_required',
      statusReason: 'admin_consent_required',
    });
  });
});
