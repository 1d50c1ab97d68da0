/** A thousand notices for one calendar, at once and over a minute. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createDataSource } from '../../src/database/options.js';
import type { PushNotice } from '../../src/providers/provider-push.js';
import { ChannelStore } from '../../src/push/channel-store.js';
import { NoticeStore } from '../../src/push/notice-store.js';
import { Notices } from '../../src/push/notices.js';
import type { Browser } from '../support/browser.js';
import { PushDeployment, pause, until } from './push-deployment.js';

let push: PushDeployment;
let browser: Browser;
let accountId: string;

beforeAll(async () => {
  push = await PushDeployment.start({ sandbox: { contents: 'empty' } });
  browser = push.deployment.browser('a-user');
  accountId = await push.connect(browser, 'google');
});
afterAll(() => push?.stop());

function notice(number: number): RequestInit {
  const channel = push.control.channels().find(({ calendarKey }) => calendarKey !== null);
  return {
    method: 'POST',
    headers: {
      'X-Goog-Channel-ID': channel?.id ?? '',
      'X-Goog-Channel-Token': channel?.token ?? '',
      'X-Goog-Resource-ID': channel?.resourceId ?? '',
      'X-Goog-Resource-State': 'exists',
      'X-Goog-Message-Number': String(number),
    },
  };
}

test('a notice during a run causes exactly one more run', async () => {
  push.control.addFault({ route: 'google.events.list', delayMs: 6_000, times: 1 });
  const before = push.runs(accountId).length;
  await browser.post(`/integrations/sync/${accountId}`, {}).expect(202);
  await until(
    async () => (await browser.get(`/integrations/sync/${accountId}`)).body.state === 'running',
  );
  for (let sent = 0; sent < 5; sent += 1)
    await fetch(`${push.deployment.url}/integrations/webhooks/google`, notice(sent));
  push.edit('google', 'While it was read');
  await until(
    async () => (await push.titles(browser, accountId)).includes('While it was read'),
    20,
  );
  await until(async () => push.runs(accountId).length - before >= 2, 20);
  await push.quiet(browser, accountId);
  expect(push.runs(accountId).length - before).toBe(2);
});

test('a thousand simultaneous notices are acknowledged quickly and cause at most two runs', async () => {
  const before = push.runs(accountId).length;
  const waits: number[] = [];
  for (let sent = 0; sent < 1_000; sent += 50)
    await Promise.all(
      Array.from({ length: 50 }, async (_, index) => {
        const began = performance.now();
        const { status } = await fetch(
          `${push.deployment.url}/integrations/webhooks/google`,
          notice(sent + index),
        );
        waits.push(performance.now() - began);
        expect(status).toBe(202);
      }),
    );
  await until(() => push.runs(accountId).length > before);
  await pause(3_000);
  // The first notice causes a run at once. At most one more run waits for its minute.
  const waiting = await push.waiting(accountId);
  expect(push.runs(accountId).length - before + waiting.length).toBeLessThanOrEqual(2);
  for (const at of waiting) expect(at.getTime() - Date.now()).toBeGreaterThan(40_000);
  waits.sort((a, b) => a - b);
  expect(waits[990]).toBeLessThan(2_000);
});

describe('a minute on the test’s own clock', () => {
  test('a thousand notices over a minute cause a run at once, one after three seconds and one when the minute is over', async () => {
    const dataSource = await createDataSource({
      url: push.deployment.database.url,
      poolSize: 3,
    }).initialize();
    try {
      const channel = push.control.channels()[0];
      const said: PushNotice = {
        channelId: channel?.id ?? '',
        secret: channel?.token ?? '',
        resourceId: channel?.resourceId ?? '',
        kind: 'changed',
      };
      const start = Date.now() + 3_600_000;
      let clock = start;
      let waiting: number | null = null;
      const runs: number[] = [];
      const notices = new Notices({
        store: new NoticeStore(dataSource),
        channels: new ChannelStore(dataSource),
        syncs: {
          async queue(_manager, _account, at) {
            if (waiting !== null) return false;
            waiting = at.getTime();
            return true;
          },
          wake() {},
        },
        logger: { debug() {}, info() {}, warn() {}, error() {} },
        now: () => new Date(clock),
      });
      for (let sent = 0; sent < 1_000; sent += 1) {
        clock = start + sent * 60;
        if (waiting !== null && waiting <= clock) {
          runs.push(waiting);
          waiting = null;
        }
        await notices.receive('google', [said]);
      }
      if (waiting !== null) runs.push(waiting);
      expect(runs.map((at) => Math.round((at - start) / 1_000))).toEqual([0, 3, 63]);
      // A single later edit is not delayed.
      clock = start + 300_000;
      waiting = null;
      await notices.receive('google', [said]);
      expect(waiting).toBe(clock);
    } finally {
      await dataSource.destroy();
    }
  });
});
