/**
 * How soon a change is visible: after the provider's notice, and after connecting. The bounds are
 * those of any machine. `npm run bench:latency` repeats each step more often and prints the figures.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { buildAccount, meeting } from '../support/build-account.js';
import { type ProviderName, PushDeployment, pause, until } from './push-deployment.js';

const TIMES = Number(process.env['LATENCY_TIMES'] ?? 3);
/** Before a notice that counts as the first one. */
const QUIET_MS = 3_500;
const EVENTS = 1_200;
const MANY = 5_000;

let push: PushDeployment;
beforeAll(async () => {
  push = await PushDeployment.start({
    sandbox: { contents: 'empty' },
    environment: { SYNC_CONCURRENCY: '10', DATABASE_POOL_SIZE: '10' },
  });
  push.control.configure({ delivery: { delayMs: 0, copies: 1, reorder: false, drop: false } });
});
afterAll(() => push?.stop());

function report(what: string, times: readonly number[]): void {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (part: number) =>
    Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0);
  console.info(`${what}: p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, of ${sorted.length}`);
}

/** Milliseconds until the database has a row that this condition finds. */
async function visible(condition: string, values: readonly unknown[]): Promise<number> {
  const began = performance.now();
  for (;;) {
    const rows = await push.query(`SELECT 1 FROM events WHERE ${condition} LIMIT 1`, [...values]);
    if (rows.length > 0) return performance.now() - began;
    if (performance.now() - began > 20_000) throw new Error('not visible after 20 seconds');
    await pause(5);
  }
}

const later = (days: number, title: string) => ({
  ...meeting(title),
  start: new Date(Date.now() + days * 86_400_000).toISOString(),
  end: new Date(Date.now() + days * 86_400_000 + 3_600_000).toISOString(),
});

describe.each(['google', 'microsoft'] as const)('%s', (provider: ProviderName) => {
  test(
    'a change is visible before notices are gathered, when the account was quiet',
    async () => {
      const browser = push.deployment.browser(`latency-${provider}`);
      const accountId = await push.connect(browser, provider);
      const times: number[] = [];
      for (let time = 0; time < TIMES; time += 1) {
        await push.quiet(browser, accountId);
        await pause(QUIET_MS);
        push.edit(provider, `edit ${time}`);
        times.push(await visible(`account_id = $1 AND title = $2`, [accountId, `edit ${time}`]));
      }
      report(`${provider}: a first change, from edit to row`, times);
      expect(Math.min(...times)).toBeLessThan(2_500);
    },
    60_000 + TIMES * 20_000,
  );

  test(
    'the first event of a new account is visible before its calendar is read',
    async () => {
      const times: number[] = [];
      for (let time = 0; time < TIMES; time += 1) {
        const email = `new-${time}@${provider}.example`;
        push.control.createAccount({ provider, email, name: 'New' });
        const events = Array.from({ length: EVENTS }, (_, n) => later(n % 300, `Event ${n}`));
        for (const event of events) push.control.createEvent({ provider, user: email, event });
        const browser = push.deployment.browser(`new-${provider}-${time}`);
        const end = await browser.connect(provider, { as: email });
        const accountId = end.searchParams.get('accountId');
        times.push(await visible('account_id = $1', [accountId]));
        await browser.synced(String(accountId));
      }
      report(`${provider}: the first of ${EVENTS} events, from the callback's end to row`, times);
      expect(Math.min(...times)).toBeLessThan(5_000);
    },
    60_000 + TIMES * 30_000,
  );
});

test('the first page of an account with 5,000 events comes at once', async () => {
  const events = Array.from({ length: MANY }, (_, n) => later((n % 3_000) / 10, `Many ${n}`));
  const { id, browser, path } = await buildAccount(push.deployment, { events, synced: false });
  const state = async () => (await browser.get(`/integrations/sync/${id}`)).body.state;
  await until(async () => (await state()) === 'idle', 60);
  const times: number[] = [];
  for (let time = 0; time < 5 * TIMES; time += 1) {
    const began = performance.now();
    const { body } = await browser.get(`${path}/events?limit=200`).expect(200);
    times.push(performance.now() - began);
    expect(body.data).toHaveLength(200);
  }
  report(`the first page of ${MANY} events`, times);
  expect(Math.min(...times)).toBeLessThan(1_000);
}, 120_000);
