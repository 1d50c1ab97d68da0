// No path and no query, however hostile, makes the proxy reach anything beside calendars.
// PROXY_FUZZ sets the number of paths for each provider.

import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { makeServiceKey } from '../../src/http/service-keys.js';
import { type BuiltAccount, buildAccount } from '../support/build-account.js';
import { type Deployment, deploy, type Host } from '../support/deployment.js';
import { raw } from './expectations.js';
import { type ProviderRecorder, recordProvider } from './provider-recorder.js';

const HOSTS: readonly Host[] = ['standalone', 'mounted'];
const PROVIDERS = ['google', 'microsoft'] as const;
const KEY = makeServiceKey();
const SERVICE_KEYS = `billing:${createHash('sha256').update(KEY).digest('hex')}`;
const PATHS = Number(process.env['PROXY_FUZZ'] ?? 1_500);
const AT_ONCE = 16;

/** What may arrive, written down a second time and without a look at the code under test. */
const SEGMENT = String.raw`/(?!\.+(?:/|\?|$))(?:[\w.~!$&'()*+,=@-]|%(?!2[Ff5]|5[Cc]|3[Bb])[2-7][0-9A-F])+`;
const MAY_ARRIVE = {
  google: new RegExp(
    String.raw`^/calendar/v3/(?:calendars|channels|colors|freeBusy|users/me/(?:calendarList|settings))(?:${SEGMENT})*(?:\?[!-~]*)?$`,
  ),
  microsoft: new RegExp(
    String.raw`^/v1\.0/me/(?:calendar|calendarGroups|calendars|calendarView|events)(?:${SEGMENT})*(?:\?[!-~]*)?$`,
  ),
};

/** Paths that have to be refused. */
const HOSTILE = [
  '..',
  '../',
  '.',
  './events',
  '//evil.example/calendars',
  '/calendars/primary',
  'calendars//events',
  'calendars/',
  'calendars/../../gmail/v1/users/me/messages',
  'calendars/../../../v1.0/users',
  'calendars/%2e%2e/%2e%2e/messages',
  'calendars/%2E%2E/messages',
  'calendars/.%2e/messages',
  'calendars/..%2f..%2fmessages',
  'calendars%2Fprimary%2Fevents',
  'calendars%2f..%2f..%2fmessages',
  'calendars/%252e%252e/messages',
  'calendars/%25252e%25252e/messages',
  'calendars/..%252f..%252fmessages',
  'calendars/..\\..\\messages',
  'calendars/..%5c..%5cmessages',
  'calendars\\..\\messages',
  'calendars/..;/..;/messages',
  'calendars;x=1/primary',
  'calendars/a%3bb/events',
  'calendars/...../events',
  'calendars/%00/events',
  'calendars/primary%00/events',
  'calendars/primary%0d%0aX-Evil:%201/events',
  'calendars/%c0%ae%c0%ae/messages',
  'calendars/%EF%BC%8E%EF%BC%8E/messages',
  'calendars/%EF%BC%8F/messages',
  'calendars/%E2%80%A5/messages',
  'calendars/ events',
  'calendars/%20/events',
  'http://evil.example/calendars',
  'https:/evil.example/calendars',
  'http%3A%2F%2Fevil.example%2Fcalendars',
  '@evil.example/calendars',
  ':80/calendars',
  '%40evil.example/calendars',
  '?calendars',
  '%3Fcalendars',
  '%23calendars',
  'calendars/primary:clear',
  'calendars/primary%3Aclear/events',
  'CALENDARS/primary/events',
  'Events',
  'EVENTS',
  'calendars.json',
  'calendars%00.json',
  'calendars(primary)',
  "calendars('primary')/events",
  '$batch',
  '%24batch',
  'me/$batch',
  'v1.0/$batch',
  'v1.0/me/$batch',
  'beta/me/events',
  'v1.0/me/messages',
  'v1.0/me/../users',
  'v1.0/users/other/events',
  'me/me/events',
  'me/messages',
  'messages',
  'mailFolders/inbox/messages',
  'drive/root/children',
  'users',
  'users/me',
  'users/other@example.com/calendarList',
  'users/ME/calendarList',
  'users/me/messages',
  'gmail/v1/users/me/messages',
  'drive/v3/files',
  'calendar/v3/',
  'calendar/v3/../../gmail/v1/users/me/messages',
  'batch/calendar/v3',
  'upload/calendar/v3/calendars',
  'constructor',
  '__proto__',
  'toString',
  'calendars/primary/events?access_token=x',
  'events?access_token=x',
  'events?ACCESS_TOKEN=x',
  'events?access%5Ftoken=x',
  'events?a=b&oauth_token=x',
  'events?key=x',
  'calendars?key=x',
  'calendars?a=b#c',
];

/** Pieces that paths are made of. */
const WORDS = [
  ...['calendars', 'calendar', 'events', 'calendarView', 'calendarGroups', 'users', 'me'],
  ...['calendarList', 'settings', 'colors', 'freeBusy', 'channels', 'stop', 'primary', 'v1.0'],
  ...['v3', 'messages', 'drive', '$batch', '$value', '%24batch', 'beta', 'users/me', 'instances'],
  ...['ana@example.com', 'ana%40example.com', 'AAMkAGI1AAAoZCfIAAA=', 'en.usa%23holiday@group'],
  ...['..', '.', '...', '%2e%2e', '.%2E', '%252e%252e', '..;', ';', '%3b', '%00', '%0d%0a', ''],
  ...['\\', '%5c', '%2f', '%2F..%2F', '%252f', '..%2f', '@', ':', ':80', '@evil.example', '#'],
  ...['http:', 'https:', 'evil.example', '127.0.0.1', '[::1]', 'localhost', '%', '%zz', '%c0%ae'],
  ...['%EF%BC%8F', '%E2%80%AE', 'é', '%C3%A9', '%20', '+', '*', "('x')", '(1)', '~', '|', '^', '`'],
];
const JOINTS = [
  '/',
  '/',
  '/',
  '/',
  '/',
  '//',
  '\\',
  '%2f',
  '%5c',
  ';/',
  '/./',
  '/../',
  '',
  '?',
  '#',
];
const QUERIES = [
  ...[
    '',
    '',
    '',
    '?',
    '?a=b',
    '?$expand=calendar',
    '?@odata.nextLink=https://evil.example/v1.0/me',
  ],
  ...['?url=//evil.example', '?$skiptoken=https%3A%2F%2Fevil.example', '?/../../messages', '??'],
  ...['?access_token=x', '?a=%00', '?a=\\', '?#', '?a=b?c=d', '?key=', '?$batch', '?a=../../x'],
];

/** Repeatable numbers below one. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

function generate(next: () => number): string {
  const pick = <T>(from: readonly T[]) => from[Math.floor(next() * from.length)] as T;
  // Half of them begin well, so that many go far.
  let path =
    next() < 0.5 ? pick(['calendars', 'events', 'users/me/calendarList', 'me/events']) : '';
  for (let left = Math.floor(next() * 5); left > 0; left -= 1) {
    path +=
      (path === '' ? pick(['', '', '', '/']) : next() < 0.7 ? '/' : pick(JOINTS)) + pick(WORDS);
  }
  return path + pick(QUERIES);
}

/** Node's own client refuses characters beyond ASCII, and spaces: they are sent encoded. */
const asSent = (path: string) =>
  path.replace(/[^\x21-\x7e]/g, (character) => encodeURIComponent(character));

describe.each(HOSTS)('the paths of the proxy, %s', (host) => {
  let deployment: Deployment;
  let recorded: Deployment;
  let recorder: ProviderRecorder;
  const accounts = new Map<string, BuiltAccount>();
  beforeAll(async () => {
    recorder = await recordProvider();
    const environment = { ROLE: 'web', SERVICE_KEYS, PROVIDER_PROXY: 'true' };
    deployment = await deploy({ host, sandbox: { contents: 'empty' }, environment });
    recorded = await deploy({
      host,
      beside: deployment,
      environment: {
        GOOGLE_CALENDAR_API_URL: `${recorder.url}/calendar/v3`,
        MICROSOFT_GRAPH_URL: `${recorder.url}/v1.0`,
      },
    });
    for (const provider of PROVIDERS)
      accounts.set(provider, await buildAccount(deployment, { provider, synced: false }));
  });
  afterAll(async () => {
    await recorded?.stop();
    await deployment?.stop();
    await recorder?.close();
  });

  const ask = (provider: string, path: string, method = 'GET') =>
    raw(
      recorded.url,
      `/integrations/accounts/${accounts.get(provider)?.id}/proxy/${asSent(path)}`,
      { method, headers: { Authorization: `Bearer ${KEY}` } },
    );

  describe.each(PROVIDERS)('of %s', (provider) => {
    test.each(HOSTILE)('%j is refused', async (path) => {
      recorder.arrived.splice(0);
      const answer = await ask(provider, path);
      expect([400, 403, 404]).toContain(answer.status);
      expect(['path_not_allowed', 'invalid_request', 'not_found']).toContain(answer.body?.code);
      expect(recorder.arrived).toEqual([]);
    });

    test.each(
      provider === 'google'
        ? [
            'calendars/primary/events',
            'calendars/ana%40example.com/events',
            'calendars/ana@example.com/events/abc_20261201T090000Z',
            'calendars/en.usa%23holiday@group.v.calendar.google.com/events?singleEvents=true',
            'calendars/primary/events/quickAdd?text=Lunch%20at%20noon',
            'calendars/primary/acl/user:ana@example.com',
            'calendars/primary/acl/user%3Aana%40example.com',
            'calendar/v3/users/me/calendarList',
            'users/me/calendarList/primary',
            'users/me/settings/timezone',
            'freeBusy',
            'colors',
            'channels/stop',
          ]
        : [
            'events',
            'me/events',
            'v1.0/me/events/AAMkAGI1AAAoZCfIAAA=',
            'calendar',
            'calendar/calendarView?startDateTime=2026-12-01T00:00:00Z',
            'calendarView/delta?$deltatoken=x',
            'calendars/AAMkAGI1AAAoZCfIAAA=/events',
            'calendarGroups/AAMk/calendars',
            'events/AAMk/attachments/AAMk/$value',
            'events/AAMk/accept',
          ],
    )('%j is passed on', async (path) => {
      recorder.arrived.splice(0);
      expect((await ask(provider, path)).status).toBe(200);
      expect(recorder.arrived).toHaveLength(1);
      expect(recorder.arrived[0]?.url).toMatch(MAY_ARRIVE[provider]);
    });

    test(`of ${PATHS} generated paths none reaches anything else`, async () => {
      recorder.arrived.splice(0);
      const seed = Number(process.env['PROXY_FUZZ_SEED'] ?? 20_261_125);
      const next = random(seed);
      const before = deployment.sandbox.control.requests().length;
      const passed: string[] = [];
      const codes = new Map<string, number>();
      const one = async () => {
        const path = generate(next);
        const answer = await ask(provider, path, next() < 0.2 ? 'DELETE' : 'GET');
        const code = answer.status === 200 ? 'passed' : String(answer.body?.code ?? answer.status);
        codes.set(code, (codes.get(code) ?? 0) + 1);
        if (code === 'passed') passed.push(path);
        else
          expect([path, code]).toEqual([
            path,
            expect.stringMatching(
              /^(path_not_allowed|invalid_request|not_found|account_not_found)$/,
            ),
          ]);
      };
      for (let left = PATHS; left > 0; left -= AT_ONCE)
        await Promise.all(Array.from({ length: Math.min(left, AT_ONCE) }, one));
      // One request for each that was passed on, and none for the others.
      expect(recorder.arrived).toHaveLength(passed.length);
      expect(passed.length).toBeGreaterThan(PATHS / 50);
      expect(passed.length).toBeLessThan(PATHS / 2);
      const strays = recorder.arrived.filter(({ url }) => !MAY_ARRIVE[provider].test(url));
      expect(strays).toEqual([]);
      // What a server makes of a path is what arrived: nothing in it is left to interpret.
      for (const { url } of recorder.arrived)
        expect(new URL(url, recorder.url).pathname).toBe(url.split('?')[0]);
      expect(deployment.sandbox.control.requests()).toHaveLength(before);
    }, 300_000);
  });
});
