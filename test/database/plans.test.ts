/**
 * Every statement that a request or a chore sends reads a bounded number of rows, however many there
 * are: no sequential scan of a table that grows, no sort of what grows. The statements are recorded
 * from a service at work, and executed again in a database of 20,000 accounts.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { encodeFeedCursor } from '../../src/notifications/feed-cursor.js';
import { encodePageCursor } from '../../src/page-cursor.js';
import { until } from '../push/push-deployment.js';
import { type Deployment, deploy } from '../support/deployment.js';
import { recordStatements, type Statement } from '../support/record-statements.js';

const ACCOUNTS = 20_000;
const EVENTS = 60_000;
/** More than a page, and more than what lies in a day of the largest calendar. */
const MOST_ROWS = 2_000;
/** Of one row, or of as many as an operator adds. */
const SMALL_TABLES = ['notification_feed', 'webhook_endpoints'];
const DAY = 86_400_000;

interface Plan {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Actual Rows'?: number;
  readonly 'Actual Loops'?: number;
  readonly 'Rows Removed by Filter'?: number;
  readonly 'Rows Removed by Join Filter'?: number;
  readonly Plans?: readonly Plan[];
}

let deployment: Deployment;
let client: pg.Client;
let recording: ReturnType<typeof recordStatements>;

const uuid = (text: string) =>
  createHash('md5')
    .update(text)
    .digest('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
const days = (count: number) => new Date(Date.now() + count * DAY).toISOString();
const admin = () => deployment.browser('root', { roles: ['admin'] });
const full = () => deployment.browser('full');

beforeAll(async () => {
  recording = recordStatements();
  deployment = await deploy({ push: true, service: { choresEverySeconds: 1 } });
  client = new pg.Client({
    connectionString: deployment.database.url,
    options: '-c search_path=integrations',
  });
  await client.connect();
  const generate = new URL('../../bench/generate.sql', import.meta.url);
  await client.query(
    `SET growth.accounts = ${ACCOUNTS}; SET growth.events = ${EVENTS};
     ${readFileSync(generate, 'utf8')}`,
  );
}, 120_000);
afterAll(async () => {
  recording?.stop();
  await client?.end();
  await deployment?.stop();
});

/** What the service sends from now on about its own tables, each text once. */
async function sentDuring(work: () => Promise<unknown>): Promise<Statement[]> {
  const before = recording.statements.length;
  await work();
  const sent = recording.statements
    .slice(before)
    .filter(({ text }) => /^\s*(SELECT|WITH|UPDATE|INSERT|DELETE|\()/i.test(text))
    .filter(({ text }) => !text.includes('integrations_jobs'));
  return [...new Map(sent.map((statement) => [statement.text, statement])).values()];
}

/** The plan and what it has read. Nothing of the execution stays. */
async function execute({ text, values }: Statement): Promise<Plan> {
  await client.query('BEGIN');
  try {
    const { rows } = await client.query(`EXPLAIN (ANALYZE, FORMAT JSON) ${text}`, [...values]);
    return rows[0]['QUERY PLAN'][0].Plan as Plan;
  } finally {
    await client.query('ROLLBACK');
  }
}

/** What of a plan would take longer in a larger database. */
function growing(plan: Plan): string[] {
  const { 'Actual Loops': loops = 1, 'Actual Rows': found = 0, Plans: parts = [] } = plan;
  const removed =
    (plan['Rows Removed by Filter'] ?? 0) + (plan['Rows Removed by Join Filter'] ?? 0);
  const read = (found + removed) * loops;
  const table = plan['Relation Name'];
  const isScan = plan['Node Type'] === 'Seq Scan' && table !== undefined;
  return [
    ...(isScan && !SMALL_TABLES.includes(table) && loops > 0
      ? [`sequential scan of ${table}`]
      : []),
    ...(read > MOST_ROWS ? [`${plan['Node Type']} of ${table ?? 'rows'}: ${read} rows`] : []),
    ...parts.flatMap(growing),
  ];
}

async function check(statements: readonly Statement[]): Promise<void> {
  const found: unknown[] = [];
  for (const statement of statements) {
    const problems = growing(await execute(statement));
    if (problems.length > 0) found.push({ problems, statement: statement.text });
  }
  expect(found).toEqual([]);
}

/** Requests by what they ask for: who asks, and the path below /integrations. */
function requests(): [string, () => ReturnType<typeof full>, string][] {
  const middle = encodePageCursor('accounts', { at: days(-200), id: uuid('account0') });
  const own = `accounts/${uuid('account0')}`;
  const range = `from=${days(300)}&to=${days(307)}`;
  const filters = [
    '',
    'userId=many',
    ...['google', 'microsoft', 'none'].flatMap((provider) => [
      ...(provider === 'none' ? [''] : [`provider=${provider}`]),
      ...['connected', 'reauthorization_required', 'disconnecting'].map((status) =>
        provider === 'none' ? `status=${status}` : `provider=${provider}&status=${status}`,
      ),
    ]),
  ];
  return [
    ...[...new Set(filters)].flatMap((filter): [string, typeof admin, string][] => [
      [`all accounts ${filter}`, admin, `accounts?${filter}`],
      [`all accounts ${filter}, a later page`, admin, `accounts?${filter}&cursor=${middle}`],
    ]),
    ['an authorization request', full, 'oauth-url/google'],
    ['reconnecting', full, `oauth-url/google?accountId=${uuid('account0')}`],
    ['the accounts of a user', full, 'accounts'],
    ['the many accounts of a user', () => deployment.browser('many'), 'accounts'],
    ['an account', full, own],
    ['its calendars', full, `${own}/calendars`],
    ['its sync', full, `sync/${uuid('account0')}`],
    ['its events', full, `${own}/events`],
    ['its events of a late week', full, `${own}/events?${range}`],
    [
      'the events of a calendar in a late week',
      full,
      `${own}/events?${range}&calendarId=${uuid('calendar0')}`,
    ],
    ['its changes of an hour', full, `${own}/events?updatedSince=${days(-1 / 24)}`],
    ['its changes of 20 days', full, `${own}/events?updatedSince=${days(-20)}`],
    ['free and busy', full, `free-busy?${range}&timeZone=Europe/Berlin`],
    ['the feed', full, `changes?after=${encodeFeedCursor(0)}`],
    [
      'a request to an administrator',
      () => deployment.browser('user-0'),
      `admin-consent/${uuid('consent0')}`,
    ],
    ['the audit trail', admin, 'audit'],
    ['the audit trail of a user', admin, 'audit?userId=full'],
  ];
}

describe('a request', () => {
  test('each request reads a bounded number of rows', async () => {
    for (const [name, who, path] of requests()) {
      const sent = await sentDuring(() => who().get(`/integrations/${path}`).expect(200));
      expect([name, sent.length > 0 || name === 'an authorization request']).toEqual([name, true]);
      await check(sent);
    }
  }, 120_000);

  test('later pages of events and changes read a bounded number of rows', async () => {
    const path = `/integrations/accounts/${uuid('account0')}/events`;
    for (const query of [`from=${days(0)}`, `updatedSince=${days(-20)}`]) {
      const { body } = await full().get(`${path}?${query}`).expect(200);
      const sent = await sentDuring(() =>
        full().get(`${path}?${query}&cursor=${body.nextCursor}`).expect(200),
      );
      await check(sent);
    }
  });

  test('a notice reads a bounded number of rows', async () => {
    const sent = await sentDuring(() =>
      deployment
        .browser(null)
        .post('/integrations/webhooks/google')
        .set('x-goog-channel-id', uuid('channel0'))
        .set('x-goog-channel-token', 'not its secret')
        .set('x-goog-resource-id', 'resource0')
        .set('x-goog-resource-state', 'exists')
        .set('x-goog-message-number', '2'),
    );
    expect(sent.some(({ text }) => text.includes('push_channels'))).toBe(true);
    await check(sent);
  });
});

describe('a chore', () => {
  const CHORES = [
    /next_sync_at <= /,
    /heartbeat_at < /,
    /push_channels c\b/,
    /status = 'disconnecting'/,
    /success\.due_at < /,
    /FROM event_tombstones/,
    /gone_at < /,
  ];
  let sent: Statement[];

  beforeAll(async () => {
    const begun = recording.statements.length;
    const seen = (chore: RegExp) =>
      recording.statements.slice(begun).some(({ text }) => chore.test(text));
    sent = await sentDuring(() => until(() => CHORES.every(seen), 60));
  }, 70_000);

  test('each chore reads a bounded number of rows', () => check(sent), 120_000);

  test('the schedule reads a bounded number of rows when every account is due', async () => {
    const due = sent.filter(({ text }) => /next_sync_at <= .*LIMIT/s.test(text));
    expect(due.length).toBeGreaterThan(0);
    const later = new Date(Date.now() + DAY);
    await check(
      due.map(({ text, values }) => ({
        text,
        values: values.map((value) => (value instanceof Date ? later : value)),
      })),
    );
  });
});
