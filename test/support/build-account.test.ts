/** What the builder of accounts promises to the suites that use it. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { buildAccount, meeting } from './build-account.js';
import { type Deployment, deploy } from './deployment.js';

let deployment: Deployment;

beforeAll(async () => {
  deployment = await deploy({ sandbox: { contents: 'empty' } });
});
afterAll(() => deployment?.stop());

describe.each(['google', 'microsoft'] as const)('buildAccount, %s', (provider) => {
  test('an account has the calendars and events of its plan', async () => {
    const account = await buildAccount(deployment, {
      provider,
      events: [meeting('Planning'), meeting('Review', { day: 2 })],
      calendars: [{ name: 'Team', events: [meeting('Stand-up', { hour: 8 })] }],
    });
    const calendars = await account.browser.get(`${account.path}/calendars`).expect(200);
    expect(calendars.body.data).toHaveLength(2);
    const events = await account.browser.get(`${account.path}/events`).expect(200);
    expect(events.body.data.map(({ title }: { title: string }) => title)).toEqual([
      'Stand-up',
      'Planning',
      'Review',
    ]);
    expect(account.eventIds).toHaveLength(2);
    expect(account.calendarIds).toHaveLength(1);
  });

  test('two accounts of one plan belong to two users', async () => {
    const [first, second] = [
      await buildAccount(deployment, { provider }),
      await buildAccount(deployment, { provider }),
    ];
    expect(first.userId).not.toBe(second.userId);
    await first.browser.get(second.path).expect(404);
    await second.browser.get(second.path).expect(200);
  });
});
