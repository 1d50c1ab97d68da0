// From the first click to events in the list, for both providers.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Deployment, deploy } from '../support/deployment.js';

describe.each([
  ['google', 'ana@example.com'],
  ['microsoft', 'ana@northwind.example'],
] as const)('a first sync, %s', (provider, as) => {
  let deployment: Deployment;

  beforeAll(async () => {
    deployment = await deploy();
  });
  afterAll(() => deployment?.stop());

  test('a first sync stores calendars and events and reports its result', async () => {
    const browser = deployment.browser('a-user');
    const accountId = await browser.connectAndSync(provider, { as });
    const { body: account } = await browser.get(`/integrations/accounts/${accountId}`).expect(200);
    expect(account.sync).toMatchObject({ state: 'idle', trigger: 'connect', error: null });
    expect(account.sync.progress.calendarsDone).toBe(account.sync.progress.calendarsTotal);
    expect(account.lastSyncedAt).toEqual(expect.any(String));
    expect(account.nextSyncAt).toEqual(expect.any(String));
    const { body: calendars } = await browser
      .get(`/integrations/accounts/${accountId}/calendars`)
      .expect(200);
    expect(calendars.data.some((calendar: { primary: boolean }) => calendar.primary)).toBe(true);
    const { body: events } = await browser
      .get(`/integrations/accounts/${accountId}/events?limit=200`)
      .expect(200);
    expect(events.data.length).toBeGreaterThan(20);
  });
});
