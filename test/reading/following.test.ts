// Reading over time: changed and deleted events, and busy times.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser } from '../support/browser.js';
import { buildAccount } from '../support/build-account.js';
import { type Deployment, deploy } from '../support/deployment.js';

const DAY = 86_400_000;
const ana = { provider: 'google', user: 'ana@example.com' } as const;
const at = (milliseconds: number) => new Date(milliseconds).toISOString();

describe('changes since a moment', () => {
  let deployment: Deployment;
  let browser: Browser;
  let accountId: string;

  beforeAll(async () => {
    deployment = await deploy({ sandbox: { contents: 'empty' } });
    const account = await buildAccount(deployment, { email: ana.user });
    ({ browser, id: accountId } = account);
  });
  afterAll(() => deployment?.stop());

  const sync = async () => {
    await browser.post(`/integrations/sync/${accountId}`).expect(202);
    await browser.synced(accountId);
  };
  const changes = async (since: string, more = '') =>
    (
      await browser
        .get(`/integrations/accounts/${accountId}/events?updatedSince=${since}${more}`)
        .expect(200)
    ).body;
  const tomorrow = Math.floor(Date.now() / DAY + 1) * DAY;
  const meeting = (hour: number, title: string) => ({
    title,
    start: at(tomorrow + hour * 3_600_000),
    end: at(tomorrow + (hour + 1) * 3_600_000),
  });

  test('updatedSince lists new, changed and deleted events, and nothing without changes', async () => {
    const { id } = deployment.sandbox.control.createEvent({
      ...ana,
      event: meeting(9, 'Planning'),
    });
    await sync();
    const first = await changes(at(Date.now() - 60_000));
    expect(first.data.map((event: { title: string }) => event.title)).toContain('Planning');
    const known = first.data.find((event: { title: string }) => event.title === 'Planning').id;

    deployment.sandbox.control.updateEvent({
      ...ana,
      eventId: id,
      changes: { title: 'Planning, moved' },
    });
    await sync();
    const second = await changes(first.asOf);
    expect(second.data.filter((event: { id: string }) => event.id === known)).toMatchObject([
      { title: 'Planning, moved' },
    ]);

    deployment.sandbox.control.deleteEvent({ ...ana, eventId: id });
    await sync();
    const third = await changes(second.asOf);
    expect(third.deleted).toMatchObject([{ id: known, deletedAt: expect.any(String) }]);
    expect(third.data.map((event: { id: string }) => event.id)).not.toContain(known);
  });

  test('a full sync without differences reports no changes', async () => {
    deployment.sandbox.control.createEvent({ ...ana, event: meeting(10, 'Kept') });
    await sync();
    const changedAt = async () => {
      const rows = await deployment.query(`SELECT changed_at FROM events WHERE title = 'Kept'`);
      return rows.map((row) => String(row['changed_at']));
    };
    const before = await changedAt();
    expect(before).toHaveLength(1);
    await browser.post(`/integrations/sync/${accountId}`, { full: true }).expect(202);
    await browser.synced(accountId);
    expect(await changedAt()).toEqual(before);
  });

  test('pages of changes omit nothing and have the same asOf', async () => {
    for (let hour = 0; hour < 12; hour += 1)
      deployment.sandbox.control.createEvent({ ...ana, event: meeting(hour, `Page ${hour}`) });
    const since = at(Date.now() - 1_000);
    await sync();
    const titles: string[] = [];
    const asOfs = new Set<string>();
    for (let cursor: string | null = ''; cursor !== null; ) {
      const page: { data: { title: string }[]; asOf: string; nextCursor: string | null } =
        await changes(since, `&limit=5${cursor && `&cursor=${cursor}`}`);
      titles.push(...page.data.map((event) => event.title));
      asOfs.add(page.asOf);
      cursor = page.nextCursor;
    }
    for (let hour = 0; hour < 12; hour += 1)
      expect(titles.filter((title) => title === `Page ${hour}`)).toHaveLength(1);
    expect(asOfs.size).toBe(1);
  });

  test('a page cursor leads on only in the listing that it is of', async () => {
    const path = `/integrations/accounts/${accountId}/events`;
    const since = `updatedSince=${at(Date.now() - DAY)}`;
    const listings = { [path]: 'limit=1', [`${path}?${since}`]: 'limit=1' };
    const cursors = await Promise.all(
      Object.entries(listings).map(async ([listing, more]) => {
        const { body } = await browser.get(`${listing}${listing.includes('?') ? '&' : '?'}${more}`);
        return body.nextCursor as string;
      }),
    );
    const [ofEvents, ofChanges] = cursors.map(encodeURIComponent);
    await browser.get(`${path}?cursor=${ofEvents}`).expect(200);
    await browser.get(`${path}?${since}&cursor=${ofChanges}`).expect(200);
    const refused = [
      `${path}?cursor=${ofChanges}`,
      `${path}?${since}&cursor=${ofEvents}`,
      `/integrations/accounts?cursor=${ofEvents}`,
    ];
    for (const address of refused)
      expect((await browser.get(address).expect(400)).body.code).toBe('invalid_request');
  });

  test('a deselected calendar reports its events as deleted', async () => {
    const { body: calendars } = await browser.get(`/integrations/accounts/${accountId}/calendars`);
    const primary = calendars.data.find((calendar: { primary: boolean }) => calendar.primary).id;
    const since = at(Date.now() - 1_000);
    const { body: before } = await browser.get(
      `/integrations/accounts/${accountId}/events?calendarId=${primary}&limit=200`,
    );
    await browser
      .patch(`/integrations/accounts/${accountId}/calendars/${primary}`, { selected: false })
      .expect(200);
    const { deleted } = await changes(since, '&limit=200');
    const gone = new Set(deleted.map((event: { id: string }) => event.id));
    expect(before.data.length).toBeGreaterThan(0);
    expect(before.data.filter((event: { id: string }) => !gone.has(event.id))).toEqual([]);
    await browser
      .patch(`/integrations/accounts/${accountId}/calendars/${primary}`, { selected: true })
      .expect(200);
    await browser.synced(accountId);
  });

  test('updatedSince refuses a moment that is too old, and other filters', async () => {
    const path = `/integrations/accounts/${accountId}/events`;
    expect(
      (await browser.get(`${path}?updatedSince=${at(Date.now() - 40 * DAY)}`).expect(410)).body
        .code,
    ).toBe('changes_expired');
    await browser.get(`${path}?updatedSince=${at(Date.now())}&from=${at(Date.now())}`).expect(400);
    await browser.get(`${path}?updatedSince=yesterday`).expect(400);
    await browser.get(`${path}?updatedSince=${at(Date.now())}&cursor=bm9uc2Vuc2U`).expect(400);
  });

  test('disconnecting deletes events and their tombstones', async () => {
    const other = deployment.browser('one-who-leaves');
    const id = await other.connectAndSync('google', { as: 'bo@example.com' });
    await other.delete(`/integrations/accounts/${id}`).expect(200);
    expect(
      await deployment.query(`SELECT 1 FROM event_tombstones WHERE account_id = '${id}'`),
    ).toEqual([]);
    expect(await deployment.query(`SELECT 1 FROM events WHERE account_id = '${id}'`)).toEqual([]);
  });
});

describe('free and busy', () => {
  let deployment: Deployment;
  let browser: Browser;
  const day = Math.floor(Date.now() / DAY + 3) * DAY;
  const hour = (of: number) => at(day + of * 3_600_000);

  beforeAll(async () => {
    deployment = await deploy({ sandbox: { contents: 'empty' } });
    const userId = 'a-user';
    const google = await buildAccount(deployment, {
      userId,
      email: ana.user,
      events: [
        { title: 'One', start: hour(9), end: hour(10) },
        { title: 'Overlapping', start: hour(9.5), end: hour(11) },
        { title: 'Free', start: hour(14), end: hour(15), showAs: 'free' },
      ],
    });
    await buildAccount(deployment, {
      userId,
      provider: 'microsoft',
      email: 'cleo@outlook.example',
      events: [
        { title: 'Touching', start: hour(11), end: hour(12) },
        { title: 'Later', start: hour(16), end: hour(17) },
      ],
    });
    browser = google.browser;
  });
  afterAll(() => deployment?.stop());

  test('busy times that overlap or touch are merged over all accounts and cut to the range', async () => {
    const { body } = await browser
      .get(`/integrations/free-busy?from=${hour(9.25)}&to=${hour(16.5)}`)
      .expect(200);
    expect(body.data).toEqual([
      { start: hour(9.25), end: hour(12) },
      { start: hour(16), end: hour(16.5) },
    ]);
    expect(body.accounts).toHaveLength(2);
  });

  test('busy times can be limited to one account, and are never those of another user', async () => {
    const { body: accounts } = await browser.get('/integrations/accounts?provider=google');
    const path = `/integrations/free-busy?from=${hour(8)}&to=${hour(18)}`;
    const { body } = await browser.get(`${path}&accountId=${accounts.data[0].id}`).expect(200);
    expect(body.data).toEqual([{ start: hour(9), end: hour(11) }]);
    await deployment.browser('another').get(`${path}&accountId=${accounts.data[0].id}`).expect(404);
    await deployment
      .browser('an-admin', { roles: ['admin'] })
      .get(`${path}&accountId=${accounts.data[0].id}`)
      .expect(404);
    expect((await deployment.browser('another').get(path).expect(200)).body).toEqual({
      data: [],
      accounts: [],
    });
  });

  test('a range without end, with its end first, or with an unknown zone is refused', async () => {
    await browser.get(`/integrations/free-busy?from=${hour(9)}`).expect(400);
    await browser.get(`/integrations/free-busy?from=${hour(9)}&to=${hour(8)}`).expect(400);
    await browser
      .get(`/integrations/free-busy?from=${hour(9)}&to=${at(day + 400 * DAY)}`)
      .expect(400);
    await browser
      .get(`/integrations/free-busy?from=${hour(9)}&to=${hour(10)}&timeZone=Atlantis/Deep`)
      .expect(400);
  });

  test('an all-day event starts and ends in the requested time zone', async () => {
    const date = (of: number) => at(day + of * DAY).slice(0, 10);
    deployment.sandbox.control.createEvent({
      ...ana,
      event: { title: 'Away', start: date(5), end: date(6), showAs: 'busy' },
    });
    const { body: accounts } = await browser.get('/integrations/accounts?provider=google');
    await browser.post(`/integrations/sync/${accounts.data[0].id}`).expect(202);
    await browser.synced(accounts.data[0].id);
    const path = `/integrations/free-busy?from=${at(day + 4 * DAY)}&to=${at(day + 7 * DAY)}`;
    const interval = async (timeZone: string) =>
      (await browser.get(`${path}&timeZone=${timeZone}`).expect(200)).body.data;
    expect(await interval('UTC')).toEqual([{ start: at(day + 5 * DAY), end: at(day + 6 * DAY) }]);
    expect(await interval('Asia/Tokyo')).toEqual([
      { start: at(day + 5 * DAY - 9 * 3_600_000), end: at(day + 6 * DAY - 9 * 3_600_000) },
    ]);
  });
});
