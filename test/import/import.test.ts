// `npm run import`: the files of other products become accounts, each once, also after interruptions.
// IMPORT_ACCOUNTS sets the number of accounts.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Format, mapLine } from '../../src/import/source-format.js';
import { type Deployment, deploy } from '../support/deployment.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PROGRAM = ['--import', './scripts/typescript.mjs', 'src/import.ts'];
const ACCOUNTS = Number(process.env['IMPORT_ACCOUNTS'] ?? 300);
const SCOPES = {
  google: ['openid', 'email', 'profile', 'https://www.googleapis.com/auth/calendar'],
  microsoft: [
    'openid',
    'profile',
    'offline_access',
    'https://graph.microsoft.com/Calendars.ReadWrite',
    'https://graph.microsoft.com/User.Read',
  ],
};

let deployment: Deployment;
let folder: string;
let people = 0;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'import-'));
  deployment = await deploy({ sandbox: { contents: 'empty' }, environment: { ROLE: 'web' } });
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await deployment?.stop();
});

/** A person at the provider with a refresh token that another product got. */
function person(provider: 'google' | 'microsoft') {
  people += 1;
  const email = `person-${people}@example.com`;
  const { control } = deployment.sandbox;
  control.createAccount({ provider, email, name: `Person ${people}` });
  const scopes = SCOPES[provider];
  const { refreshToken } = control.issueTokens({ provider, user: email, scopes });
  return { email, userId: `user-${people}`, provider, refreshToken };
}

function file(name: string, lines: readonly string[]): string {
  const path = join(folder, name);
  writeFileSync(path, `${lines.join('\n')}\n`);
  return path;
}

function start(path: string, ...options: string[]) {
  const child = spawn(process.execPath, [...PROGRAM, path, ...options], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'], ...(deployment.environment as Record<string, string>) },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (data: Buffer) => {
      output += data;
    });
  const ended = once(child, 'close').then(([code, signal]) => ({ code, signal, output }));
  return { child, ended };
}

const run = (path: string, ...options: string[]) => start(path, ...options).ended;

const report = (path: string): Record<string, unknown>[] =>
  existsSync(`${path}.report.jsonl`)
    ? readFileSync(`${path}.report.jsonl`, 'utf8')
        .split('\n')
        .filter((line) => line.endsWith('}'))
        .map((line) => JSON.parse(line))
    : [];

const accountsOf = (userIds: readonly string[]) =>
  deployment.query(
    `SELECT user_id, provider, email FROM connected_accounts
      WHERE user_id IN ('${userIds.join("','")}') ORDER BY user_id`,
  );

const quoted = (value: string) => `"${value.replaceAll('"', '""')}"`;

test('a file of CSV is imported, with a report for each line and an exit code', async () => {
  const [one, two, ended] = [person('google'), person('microsoft'), person('google')];
  deployment.sandbox.control.revokeGrants({ provider: 'google', user: ended.email });
  const path = file('accounts.csv', [
    '\ufeffuserId,provider,refreshToken,scopes',
    `${one.userId},google,${quoted(one.refreshToken)},"a b"`,
    `${two.userId},microsoft,${two.refreshToken},`,
    `${ended.userId},google,${ended.refreshToken},`,
    'user-x,github,token,',
    'user-y,google,,',
  ]);
  const dry = await run(path, '--dry-run');
  expect(dry).toMatchObject({ code: 0, output: expect.stringContaining('3 can be tried, 2 are') });
  expect(await accountsOf([one.userId, two.userId, ended.userId])).toEqual([]);
  expect(report(path)).toEqual([]);

  const { code, output } = await run(path);
  expect([code, output]).toEqual([1, expect.stringContaining('2 imported, 0 updated, 1 failed')]);
  const lines = report(path).sort((a, b) => Number(a['line']) - Number(b['line']));
  expect(lines.map(({ line, outcome, code: why }) => [line, outcome, why])).toEqual([
    [2, 'imported', null],
    [3, 'imported', null],
    [4, 'failed', 'grant_not_accepted'],
    [5, 'skipped', 'other_provider'],
    [6, 'skipped', 'no_refresh_token'],
  ]);
  expect(await accountsOf([one.userId, two.userId, ended.userId])).toEqual([
    { user_id: one.userId, provider: 'google', email: one.email },
    { user_id: two.userId, provider: 'microsoft', email: two.email },
  ]);
  const text = readFileSync(`${path}.report.jsonl`, 'utf8') + output + dry.output;
  for (const { refreshToken } of [one, two, ended]) expect(text).not.toContain(refreshToken);
  // The failed line is tried again, the others are not.
  expect((await run(path)).output).toContain(
    '0 imported, 0 updated, 1 failed, 2 passed over, 2 done',
  );
}, 120_000);

test('what the other products export is read', async () => {
  const of = () => [person('google'), person('microsoft')] as const;
  const names = ['google', 'azure-ad', 'microsoft-entra-id', 'outlook'];
  expect(
    names.map((provider) => mapLine('own', { userId: 'u', provider, refreshToken: 'r' })),
  ).toEqual(
    ['google', 'microsoft', 'microsoft', 'microsoft'].map((provider) => ({
      key: expect.any(String),
      account: { userId: 'u', provider, refreshToken: 'r' },
    })),
  );
  const [n1, n2] = of();
  const [b1, b2] = of();
  const [a1, a2] = of();
  const files: readonly (readonly [
    Format,
    string,
    readonly { userId: string; email: string }[],
  ])[] = [
    [
      'nango',
      file('nango.jsonl', [
        JSON.stringify({
          id: 1,
          connection_id: 'c-1',
          provider_config_key: 'our-google',
          provider: 'google-calendar',
          end_user: { id: n1.userId, email: 'x@example.com' },
          credentials: {
            type: 'OAUTH2',
            access_token: 'old',
            refresh_token: n1.refreshToken,
            raw: { scope: SCOPES.google.join(' ') },
          },
        }),
        JSON.stringify({
          connection_id: n2.userId,
          provider: 'outlook',
          end_user: null,
          credentials: { type: 'OAUTH2', refresh_token: n2.refreshToken },
        }),
        JSON.stringify({ connection_id: 'c-3', provider: 'slack', credentials: {} }),
      ]),
      [n1, n2],
    ],
    [
      'better-auth',
      file('better-auth.csv', [
        'id,accountId,providerId,userId,accessToken,refreshToken,idToken,scope,password',
        `1,g,google,${b1.userId},old,${b1.refreshToken},,"${SCOPES.google.join(',')}",`,
        `2,m,microsoft,${b2.userId},old,${b2.refreshToken},,openid,`,
        '3,c,credential,someone,,,,,hash',
      ]),
      [b1, b2],
    ],
    [
      'authjs',
      file('authjs.csv', [
        'id,userId,type,provider,providerAccountId,refresh_token,access_token,expires_at,scope',
        `1,${a1.userId},oidc,google,1,${a1.refreshToken},old,1,${SCOPES.google.join(' ')}`,
        `2,${a2.userId},oidc,microsoft-entra-id,2,${a2.refreshToken},old,1,openid`,
        '3,someone,email,email,3,,,,',
      ]),
      [a1, a2],
    ],
  ];
  for (const [format, path, expected] of files) {
    const { code, output } = await run(path, '--format', format);
    expect([format, code, output]).toEqual([
      format,
      0,
      expect.stringContaining('2 imported, 0 updated, 0 failed, 1 passed over'),
    ]);
    const saved = await accountsOf(expected.map(({ userId }) => userId));
    expect(saved.map(({ email }) => email).sort()).toEqual(
      expected.map(({ email }) => email).sort(),
    );
  }
}, 120_000);

test('a Retry-After is waited for, and a provider that is down is asked again', async () => {
  const [one, two] = [person('google'), person('google')];
  const token = { provider: 'google', route: '*.token' } as const;
  deployment.sandbox.control.addFault({ ...token, status: 429, headers: { 'retry-after': '2' } });
  const path = file(
    'busy.jsonl',
    [one, two].map(({ userId, refreshToken }) =>
      JSON.stringify({ userId, provider: 'google', refreshToken }),
    ),
  );
  deployment.sandbox.control.clearRequests();
  const { code, output } = await run(path, '--concurrency', '1');
  expect([code, output]).toEqual([0, expect.stringContaining('2 imported')]);
  const asked = deployment.sandbox.control
    .requests({ provider: 'google' })
    .filter(({ route }) => route?.endsWith('.token'))
    .map(({ at }) => Date.parse(at));
  expect(asked).toHaveLength(3);
  expect(Number(asked[1]) - Number(asked[0])).toBeGreaterThanOrEqual(1_900);
}, 120_000);

test(`${ACCOUNTS} accounts, interrupted twice, are each imported once`, async () => {
  const all = Array.from({ length: ACCOUNTS }, (_, n) => person(n % 2 ? 'google' : 'microsoft'));
  const path = file(
    'many.jsonl',
    all.map(({ userId, provider, refreshToken }) =>
      JSON.stringify({ userId, provider, refreshToken }),
    ),
  );
  const signals = ['SIGKILL', 'SIGTERM'] as const;
  for (const [index, signal] of signals.entries()) {
    const { child, ended } = start(path);
    const enough = (ACCOUNTS * (index + 1)) / 3;
    const isOver = ended.then(() => true);
    while (report(path).length < enough) {
      const over = await Promise.race([
        isOver,
        new Promise<false>((resolve) => setTimeout(() => resolve(false), 50)),
      ]);
      if (over) break;
    }
    child.kill(signal);
    const { code, output } = await ended;
    expect([signal, code, output]).toEqual([signal, index === 0 ? null : 130, expect.any(String)]);
    expect(report(path).length).toBeLessThan(ACCOUNTS);
  }
  const last = await run(path);
  expect([last.code, last.output]).toEqual([0, expect.stringContaining(' 0 failed')]);
  const rows = await deployment.query(
    `SELECT count(*)::int AS rows, count(DISTINCT user_id)::int AS users,
            count(DISTINCT provider_account_id)::int AS persons
       FROM connected_accounts WHERE user_id = ANY ('{${all.map(({ userId }) => userId)}}')`,
  );
  expect(rows).toEqual([{ rows: ACCOUNTS, users: ACCOUNTS, persons: ACCOUNTS }]);
  const [told] = await deployment.query(
    `SELECT count(*)::int AS count FROM notifications
      WHERE type = 'account.connected' AND user_id = ANY ('{${all.map(({ userId }) => userId)}}')`,
  );
  expect(told).toEqual({ count: ACCOUNTS });
}, 1_200_000);

test('a mistake in the command ends it with its usage', async () => {
  for (const options of [['x.txt'], ['--format', 'other', 'x.csv'], ['--nonsense', 'x.csv'], []]) {
    const { code, output } = await start(options[0] ?? '', ...options.slice(1)).ended;
    expect([options, code]).toEqual([options, 2]);
    expect(output.length).toBeGreaterThan(10);
  }
}, 120_000);
