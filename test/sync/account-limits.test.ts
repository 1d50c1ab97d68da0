/** The limits on an account's requests to its provider. */
import { beforeEach, describe, expect, test } from '@jest/globals';
import { AccountLimits } from '../../src/sync/account-limits.js';

let now = 0;
let limits: AccountLimits;
const sleep = async (milliseconds: number) => {
  now += milliseconds;
};
const waiting = { sleep, signal: new AbortController().signal };

beforeEach(() => {
  now = 1_000_000;
  limits = new AccountLimits(() => now);
});

describe('requests per minute', () => {
  test('an account never exceeds its requests per minute, over any number of runs', async () => {
    const made: number[] = [];
    for (let i = 0; i < 2_000; i++)
      await limits.through('a', { perMinute: 500 }, waiting, async () => void made.push(now));
    const most = Math.max(
      ...made.map((from) => made.filter((at) => at >= from && at < from + 60_000).length),
    );
    expect(most).toBeLessThanOrEqual(500);
    expect(made.at(-1)! - made[0]!).toBeLessThan(60_000 * (2_000 / 400));
  });

  test('requests are counted for each account separately', async () => {
    for (let i = 0; i < 40; i++) {
      await limits.through('a', { perMinute: 500 }, waiting, async () => {});
      await limits.through('b', { perMinute: 500 }, waiting, async () => {});
    }
    expect(now).toBe(1_000_000);
  });
});

test('an account never exceeds its parallel requests', async () => {
  let inside = 0;
  let most = 0;
  const call = async () => {
    most = Math.max(most, ++inside);
    await new Promise((resolve) => setImmediate(resolve));
    inside--;
  };
  await Promise.all(
    Array.from({ length: 50 }, () => limits.through('a', { atOnce: 4 }, waiting, call)),
  );
  expect(most).toBe(4);
});

describe('a provider that asked to wait', () => {
  test('every request of the account waits until the named moment, and no other account waits', async () => {
    const made: number[] = [];
    limits.leaveAlone('a', 7_000);
    const ask = (account: string) =>
      limits.through(account, {}, waiting, async () => void made.push(now));
    await ask('b');
    await ask('a');
    expect(made).toEqual([1_000_000, 1_007_000]);
  });

  test('a long wait ends the request at once, without sending it', async () => {
    limits.leaveAlone('a', 3_600_000);
    const asked = limits.through('a', {}, waiting, async () => expect('this').toBe('never called'));
    await expect(asked).rejects.toMatchObject({ code: 'throttled', retryAfterSeconds: 3_600 });
    now += 3_600_000;
    await limits.through('a', {}, waiting, async () => {});
  });
});

test('an idle account is forgotten, and an account that must wait is not', async () => {
  limits.leaveAlone('kept', 3_600_000);
  for (let i = 0; i < 3_000; i++) {
    now += 100;
    await limits.through(`account ${i}`, { perMinute: 500 }, waiting, async () => {});
  }
  const { size } = (limits as unknown as { accounts: Map<string, unknown> }).accounts;
  expect(size).toBeLessThan(1_700);
  await expect(limits.through('kept', {}, waiting, async () => {})).rejects.toMatchObject({
    code: 'throttled',
  });
});
