// Field report 19: the operator's client id was changed.

import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { type Deployment, deploy } from '../support/deployment.js';
import { Person } from './person.js';

const FORMER = { clientId: 'former-client', clientSecret: 'secret-of-the-former-client' };
const TODAY = { clientId: 'client-of-today', clientSecret: 'secret-of-the-client-of-today' };

let former: Deployment;
let today: Deployment;

beforeAll(async () => {
  const clients = (['google', 'microsoft'] as const).flatMap((provider) =>
    [FORMER, TODAY].map((client) => ({ provider, ...client })),
  );
  former = await deploy({ sandbox: { clients } });
});
afterAll(async () => {
  await today?.stop();
  await former?.stop();
});
afterEach(() => former.sandbox.control.clearFaults());

test('while the client is the same, its refusals are an operator’s error', async () => {
  const person = new Person(former, 'google');
  await person.connect();
  person.control.expireAccessTokens(person.ref);
  former.sandbox.control.addFault({
    route: 'google.token',
    times: 'always',
    status: 401,
    body: { error: 'unauthorized_client', error_description: 'Unauthorized' },
  });
  expect(await person.syncAgain()).toMatchObject({
    state: 'backoff',
    error: { code: 'provider_misconfigured' },
  });
  expect((await person.account()).status).toBe('connected');
  former.sandbox.control.clearFaults();
  expect(await person.syncAgain()).toMatchObject({ state: 'idle', error: null });
});

test('accounts of another client id need their users, and reconnecting repairs them', async () => {
  const people = (['google', 'microsoft'] as const).map((provider) => new Person(former, provider));
  for (const person of people) {
    person.add('a', 1);
    await person.connect();
  }
  const typist = new Person(former, 'google');
  await typist.connect();
  await former.service.drain();
  today = await deploy({
    beside: former,
    environment: {
      GOOGLE_CLIENT_ID: TODAY.clientId,
      GOOGLE_CLIENT_SECRET: TODAY.clientSecret,
      MICROSOFT_CLIENT_ID: TODAY.clientId,
      MICROSOFT_CLIENT_SECRET: TODAY.clientSecret,
    },
  });

  // A client that is refused as such may be mistyped: no account pays for that.
  typist.control.expireAccessTokens(typist.ref);
  former.sandbox.control.addFault({
    route: 'google.token',
    times: 'always',
    status: 401,
    body: { error: 'invalid_client' },
  });
  expect((await typist.syncAgain()).error).toMatchObject({ code: 'provider_misconfigured' });
  expect((await typist.account()).status).toBe('connected');
  former.sandbox.control.clearFaults();

  for (const person of people) {
    // Its access token still works, so there is nothing to fix yet.
    expect(await person.syncAgain()).toMatchObject({ state: 'idle', error: null });
    person.control.expireAccessTokens(person.ref);
    expect(await person.syncAgain()).toMatchObject({
      state: 'error',
      error: { code: 'reauthorization_required' },
    });
    expect(await person.account()).toMatchObject({
      status: 'reauthorization_required',
      statusReason: 'revoked',
      nextSyncAt: null,
    });
    expect(await person.titles()).toEqual(['a']);

    const browser = today.browser(person.user);
    const again = await browser.connectAndSync(person.provider, { as: person.email });
    expect(again).toBe(person.accountId);
    person.control.expireAccessTokens(person.ref);
    expect(await person.syncAgain()).toMatchObject({ state: 'idle', error: null });
    expect((await person.account()).status).toBe('connected');
  }
});
