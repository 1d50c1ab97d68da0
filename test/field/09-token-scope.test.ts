// Field report 09: token requests to Microsoft name the scopes.

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Deployment, deploy } from '../support/deployment.js';
import { Person } from './person.js';

let deployment: Deployment;

beforeAll(async () => {
  deployment = await deploy();
});
afterAll(() => deployment?.stop());

const formsOf = (person: Person) =>
  person.requests(`${person.provider}.token`).map(({ body }) => new URLSearchParams(body));

test('Microsoft: exchange and refresh send the scopes of the authorization request', async () => {
  deployment.sandbox.control.configure({ microsoft: { scopeRequired: true } });
  const person = new Person(deployment, 'microsoft');
  const url = await person.browser.begin('microsoft');
  const asked = new URL(url).searchParams.get('scope');
  expect(asked).toContain('offline_access');
  await person.connect();
  person.control.expireAccessTokens(person.ref);
  expect(await person.syncAgain()).toMatchObject({ state: 'idle', error: null });
  expect((await person.account()).status).toBe('connected');
  expect(formsOf(person).map((form) => [form.get('grant_type'), form.get('scope')])).toEqual([
    ['authorization_code', asked],
    ['refresh_token', asked],
  ]);
  deployment.sandbox.control.configure({ microsoft: { scopeRequired: false } });
});

test('Microsoft: a grant with fewer scopes than are requested today is refreshed without them', async () => {
  const person = new Person(deployment, 'microsoft');
  await person.connect();
  person.control.expireAccessTokens(person.ref);
  person.control.addFault({ canned: 'aadsts.65001', user: person.email });
  expect(await person.syncAgain()).toMatchObject({ state: 'idle', error: null });
  expect((await person.account()).status).toBe('connected');
  expect(formsOf(person).map((form) => form.has('scope'))).toEqual([true, true, false]);
});

test('Microsoft: consent that was withdrawn still ends the grant', async () => {
  const person = new Person(deployment, 'microsoft');
  await person.connect();
  person.control.expireAccessTokens(person.ref);
  person.control.addFault({ canned: 'aadsts.65001', user: person.email, times: 'always' });
  await person.syncAgain();
  expect(await person.account()).toMatchObject({
    status: 'reauthorization_required',
    statusReason: 'revoked',
  });
  person.control.clearFaults();
});

test('Google: token requests have no scope', async () => {
  const person = new Person(deployment, 'google');
  await person.connect();
  expect(formsOf(person).map((form) => form.has('scope'))).toEqual([false]);
});
