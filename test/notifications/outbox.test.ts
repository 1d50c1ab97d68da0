/** What a host learns of its accounts, their syncs and events, read from the feed. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { buildAccount, meeting } from '../support/build-account.js';
import { type Deployment, deploy } from '../support/deployment.js';
import { Follower } from './follow-feed.js';

let deployment: Deployment;
beforeAll(async () => {
  deployment = await deploy({ sandbox: { contents: 'empty' } });
});
afterAll(() => deployment?.stop());

const typesOf = (told: readonly { type: string }[]) => told.map(({ type }) => type);

test('a new account is announced with its first sync and its events, numbered from one', async () => {
  const userId = `user-${randomUUID()}`;
  const feed = await Follower.begin(deployment.browser(userId));
  const { id } = await buildAccount(deployment, { userId, events: [meeting('Planning')] });
  const told = await feed.read();
  expect(typesOf(told)).toEqual(['account.connected', 'events.changed', 'sync.completed']);
  expect(told.map(({ sequence }) => sequence)).toEqual([1, 2, 3]);
  const whom = { accountId: id, userId, provider: 'google' };
  expect(told.map(({ data }) => data)).toEqual([
    { ...whom, status: 'connected', access: 'write' },
    {
      ...whom,
      calendarId: expect.any(String),
      changed: 1,
      deleted: 0,
      updatedSince: expect.stringMatching(/^\d{4}-.*\.\d{3}Z$/),
      origin: 'provider',
    },
    {
      ...whom,
      syncId: expect.any(String),
      trigger: 'connect',
      first: true,
      changed: 1,
      deleted: 0,
    },
  ]);
  for (const { id: own, timestamp } of told) {
    expect(own).toMatch(/^[0-9a-f-]{36}$/);
    expect(new Date(timestamp).toISOString()).toBe(timestamp);
  }
});

describe('a connected account', () => {
  test('a change at the provider is announced once, with the value to read from', async () => {
    const { browser, id, path, email, eventIds } = await buildAccount(deployment, {
      events: [meeting('Old title'), meeting('To delete')],
    });
    const feed = await Follower.begin(browser);
    const person = { provider: 'google' as const, user: email };
    const [eventId = '', goneId = ''] = eventIds;
    deployment.sandbox.control.updateEvent({ ...person, eventId, changes: { title: 'New title' } });
    deployment.sandbox.control.deleteEvent({ ...person, eventId: goneId });
    await browser.post(`/integrations/sync/${id}`, {}).expect(202);
    await browser.synced(id);
    const told = await feed.read();
    expect(typesOf(told)).toEqual(['events.changed', 'sync.completed']);
    expect(told.map(({ data }) => data)).toMatchObject([
      { changed: 1, deleted: 1, origin: 'provider' },
      { trigger: 'manual', first: false, changed: 1, deleted: 1 },
    ]);
    const { updatedSince } = told[0]!.data as { updatedSince: string };
    const { body } = await browser.get(`${path}/events`).query({ updatedSince }).expect(200);
    expect(body.data.map(({ title }: { title: string }) => title)).toEqual(['New title']);
    expect(body.deleted).toMatchObject([{ providerEventId: goneId }]);

    await browser.post(`/integrations/sync/${id}`, {}).expect(202);
    await browser.synced(id);
    expect((await feed.read()).map(({ type, data }) => [type, data['changed']])).toEqual([
      ['sync.completed', 0],
    ]);
  });

  test('a full sync of unchanged events tells of no change', async () => {
    const { browser, id } = await buildAccount(deployment, { events: [meeting('The same')] });
    const feed = await Follower.begin(browser);
    await browser.post(`/integrations/sync/${id}`, { full: true }).expect(202);
    await browser.synced(id);
    expect(typesOf(await feed.read())).toEqual(['sync.completed']);
  });

  test('events of a calendar that is deselected are announced as deleted', async () => {
    const { browser, path } = await buildAccount(deployment, { events: [meeting('Hidden')] });
    const feed = await Follower.begin(browser);
    const { body } = await browser.get(`${path}/calendars`).expect(200);
    const calendarId = body.data[0].id;
    await browser.patch(`${path}/calendars/${calendarId}`, { selected: false }).expect(200);
    expect((await feed.read()).map(({ data }) => data)).toMatchObject([
      { calendarId, changed: 0, deleted: 1, origin: 'self' },
    ]);
  });

  test('the end of a grant is announced once, and its renewal', async () => {
    const { browser, id, email } = await buildAccount(deployment);
    const feed = await Follower.begin(browser);
    deployment.sandbox.control.revokeGrants({ provider: 'google', user: email });
    await browser.post(`/integrations/sync/${id}`, {}).expect(202);
    const dead = await feed.until('account.reauthorization_required');
    expect(dead.data).toMatchObject({
      status: 'reauthorization_required',
      statusReason: 'revoked',
    });
    await browser.post(`/integrations/sync/${id}`, {}).expect(409);
    expect(await feed.read()).toEqual([]);

    await browser.connect('google', { as: email }, { accountId: id });
    await browser.synced(id);
    expect((await feed.read()).map(({ type, data }) => [type, data])).toMatchObject([
      ['account.recovered', { status: 'connected', statusReason: null }],
      ['sync.completed', { trigger: 'connect', first: false }],
    ]);
    await browser.connect('google', { as: email });
    const again = await feed.until('account.reconnected');
    expect(again.data).toMatchObject({ status: 'connected', access: 'write' });
  });

  test('the disconnection of an account is announced last, and can still be asked for', async () => {
    const { browser, id, path } = await buildAccount(deployment);
    const feed = await Follower.begin(browser, { accountId: id });
    await browser.delete(path).expect(200);
    const [last, ...more] = await feed.read();
    expect([last?.type, last?.sequence, more]).toEqual(['account.disconnected', 3, []]);
    const left = await deployment.query(
      `SELECT account_id FROM notification_sequences WHERE account_id = '${id}'`,
    );
    expect(left).toEqual([]);
  });
});
