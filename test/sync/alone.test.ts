/** What is thrown in one run concerns that run alone. */
import { describe, expect, test } from '@jest/globals';
import { ProviderError } from '../../src/errors.js';
import { syncChores } from '../../src/sync/chores.js';
import type { Queued } from '../../src/sync/queue-run.js';
import type { Syncs } from '../../src/sync/syncs.js';
import { calendar, event, page, put } from './scripted-provider.js';
import { useSyncFixture } from './sync-fixture.js';

const fixture = useSyncFixture();

const ODD_VALUES: readonly [string, unknown][] = [
  ['an error of no kind', new Error('odd')],
  ['a TypeError', new TypeError('undefined is not a function')],
  ['a text', 'odd'],
  ['null', null],
  ['undefined', undefined],
];

describe.each(ODD_VALUES)('%s', (_name, thrown) => {
  test('thrown while the calendars are listed ends that run, and no other account', async () => {
    const [odd, well] = [await fixture.connect(), await fixture.connect()];
    fixture.provider.beforeListing = () => {
      fixture.provider.beforeListing = () => {};
      throw thrown;
    };
    fixture.provider.say('primary', page(put(event('a')), { cursor: 'c1' }));
    await fixture.sync(odd);
    await fixture.sync(well);
    expect(await fixture.account(odd)).toMatchObject({
      state: 'backoff',
      errorCode: 'server_error',
    });
    expect(await fixture.account(well)).toMatchObject({ state: 'idle', errorCode: null });
    expect(await fixture.ids(well)).toEqual(['a']);
    expect(fixture.marked).toEqual([]);
    await fixture.sync(odd);
    expect(await fixture.account(odd)).toMatchObject({ state: 'idle', errorCode: null });
  });

  test('thrown while one calendar is read costs no other calendar', async () => {
    const account = await fixture.connect();
    fixture.provider.calendars = [calendar('primary', { primary: true }), calendar('odd')];
    fixture.provider.say('odd', () => {
      throw thrown;
    });
    fixture.provider.say('primary', page(put(event('a')), { cursor: 'c1' }));
    await fixture.sync(account);
    expect(await fixture.account(account)).toMatchObject({
      state: 'idle',
      errorCode: 'server_error',
    });
    expect(await fixture.ids(account)).toEqual(['a']);
    expect(fixture.marked).toEqual([]);
  });
});

describe('after the calendars were listed', () => {
  test.each([
    ['no_mailbox', 'calendar_forbidden'],
    ['admin_consent_required', 'calendar_forbidden'],
    ['provider_misconfigured', 'provider_error'],
  ] as const)('%s of one calendar is that calendar’s: %s', async (code, shown) => {
    const account = await fixture.connect();
    fixture.provider.calendars = [calendar('primary', { primary: true }), calendar('odd')];
    fixture.provider.say('odd', new ProviderError(code));
    fixture.provider.say('primary', page(put(event('a')), { cursor: 'c1' }));
    await fixture.sync(account);
    expect(await fixture.account(account)).toMatchObject({ state: 'idle', errorCode: shown });
    expect(await fixture.ids(account)).toEqual(['a']);
    expect(fixture.marked).toEqual([]);
  });

  test.each(['no_mailbox', 'admin_consent_required'] as const)(
    '%s of the list itself is the account’s',
    async (code) => {
      const account = await fixture.connect();
      fixture.provider.beforeListing = () => {
        throw new ProviderError(code, { statusReason: code });
      };
      await fixture.sync(account);
      expect(fixture.marked).toEqual([[account, code]]);
    },
  );

  test('a client that sees the end of the run sees the status of the account too', async () => {
    const account = await fixture.connect();
    fixture.provider.beforeListing = () => {
      throw new ProviderError('no_mailbox', { statusReason: 'no_mailbox' });
    };
    const { markReauthorization } = fixture.services;
    const seen: unknown[] = [];
    fixture.services = {
      ...fixture.services,
      markReauthorization: async (id, reason) => {
        seen.push((await fixture.account(id)).state);
        await markReauthorization(id, reason);
      },
    };
    await fixture.sync(account);
    expect(seen).toEqual(['running']);
    expect(await fixture.account(account)).toMatchObject({
      state: 'error',
      errorCode: 'no_mailbox',
    });
  });
});

describe('chores', () => {
  const chore = (name: string, request: Syncs['request']) =>
    syncChores(fixture.services, { request } as Syncs).find((one) => one.name === name)!;

  test.each(['queue due syncs', 'end stuck syncs'])(
    'one account that cannot be queued does not keep the others waiting: %s',
    async (name) => {
      const accounts = [await fixture.connect(), await fixture.connect(), await fixture.connect()];
      const long = new Date(fixture.clock.getTime() - 3_600_000);
      for (const account of accounts)
        await fixture.change(
          account,
          name === 'queue due syncs'
            ? { nextSyncAt: long }
            : { state: 'queued', syncId: account, heartbeatAt: long },
        );
      const requested: string[] = [];
      await chore(name, async (account) => {
        requested.push(account);
        if (requested.length === 1) throw new TypeError('odd');
        return { syncId: account, state: 'queued', joined: false, notBefore: null } as Queued;
      }).run();
      expect(requested.sort()).toEqual(accounts.sort());
    },
  );

  test('a store that is unavailable ends the chore', async () => {
    for (const account of [await fixture.connect(), await fixture.connect()])
      await fixture.change(account, { nextSyncAt: fixture.clock });
    let requests = 0;
    const run = chore('queue due syncs', async () => {
      requests += 1;
      throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    }).run();
    await expect(run).rejects.toThrow('ECONNREFUSED');
    expect(requests).toBe(1);
  });
});
