/**
 * Real worker processes of the built service on a database of their own, with the sandbox as
 * provider.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createSecretKey, randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import type { DataSource } from 'typeorm';
import { environmentFor } from '../../sandbox/environment.js';
import type { Sandbox } from '../../sandbox/index.js';
import { placeOfToken, TokenCipher } from '../../src/accounts/token-cipher.js';
import { CalendarStore } from '../../src/calendars/calendar-store.js';
import { JOBS } from '../../src/sync/jobs/jobs.js';
import { createQueue } from '../../src/sync/queue.js';
import { RUN_MAY_WRITE } from '../../src/sync/sync-conditions.js';
import { SyncSchedule } from '../../src/sync/sync-schedule.js';
import { Syncs } from '../../src/sync/syncs.js';
import { insertAccount } from '../support/insert-rows.js';
import { JWT_SECRET, SESSION_SECRET, TOKEN_KEY } from '../support/secrets.js';
import { keyPrefix } from '../support/servers.js';
import { silent } from './sync-fixture.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const KEY = Buffer.from(TOKEN_KEY, 'base64');
const SCOPES = {
  google: ['openid', 'https://www.googleapis.com/auth/calendar'],
  microsoft: ['openid', 'offline_access', 'https://graph.microsoft.com/Calendars.ReadWrite'],
};

/** Builds dist/ if it is not current. Takes minutes on a slow machine. */
export function build(): void {
  execFileSync(process.execPath, ['scripts/build.mjs'], { cwd: ROOT, stdio: 'inherit' });
}

export interface WorkerProcess {
  /** Sends SIGKILL and waits for the end. */
  kill(): Promise<void>;
}

/** Starts `ROLE=worker` and waits until it is ready. */
export async function startWorkerProcess(
  databaseUrl: string,
  sandbox: Sandbox,
  environment: Record<string, string> = {},
): Promise<WorkerProcess> {
  const child = spawn(process.execPath, [`${ROOT}dist/src/main.js`], {
    env: {
      PATH: process.env['PATH'],
      NODE_ENV: 'production',
      ROLE: 'worker',
      PORT: '0',
      HOST: '127.0.0.1',
      LOG_LEVEL: 'warn',
      DATABASE_URL: databaseUrl,
      REDIS_URL: process.env['TEST_REDIS_URL'] ?? 'redis://127.0.0.1:1',
      JWT_SECRET,
      SESSION_SECRET: `${SESSION_SECRET}${keyPrefix()}`,
      TOKEN_ENCRYPTION_KEYS: `test:${KEY.toString('base64')}`,
      OAUTH_REDIRECT_BASE_URL: 'http://localhost:3000',
      FRONTEND_BASE_URL: 'http://localhost:5173',
      ...environmentFor(sandbox, 'google'),
      ...environmentFor(sandbox, 'microsoft'),
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  await ready(child, ended);
  return {
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

async function ready(child: ChildProcess, ended: Promise<void>): Promise<void> {
  let said = '';
  await Promise.race([
    new Promise<void>((resolve) => {
      child.stdout!.on('data', (text: Buffer) => {
        said += text;
        if (said.includes('ready:')) resolve();
      });
    }),
    ended.then(() => {
      throw new Error(`the worker did not start: ${said}`);
    }),
  ]);
}

/** A connected account with tokens the worker can open. */
export async function connectForWorker(
  dataSource: DataSource,
  sandbox: Sandbox,
  provider: 'google' | 'microsoft',
  user: string,
): Promise<string> {
  const id = randomUUID();
  const cipher = new TokenCipher([{ id: 'test', key: createSecretKey(KEY) }]);
  const tokens = sandbox.control.issueTokens({ provider, user, scopes: SCOPES[provider] });
  const seal = (token: string, column: 'access_token' | 'refresh_token') =>
    cipher.seal(token, placeOfToken(id, column, 'user'));
  return insertAccount(dataSource, {
    id,
    provider,
    accessToken: seal(tokens.accessToken, 'access_token'),
    refreshToken: seal(tokens.refreshToken, 'refresh_token'),
    accessTokenExpiresAt: new Date(Date.now() + 50 * 60_000),
  });
}

/** Requests syncs as the web process does. */
export async function askForSyncs(dataSource: DataSource) {
  const queue = createQueue({ dataSource, logger: silent, role: 'web', queues: JOBS });
  await queue.start();
  const syncs = new Syncs(
    dataSource,
    new SyncSchedule(dataSource, () => new Date()),
    new CalendarStore(dataSource, RUN_MAY_WRITE),
    queue,
    () => new Date(),
  );
  return {
    request: (accountId: string, full = false) =>
      syncs.request(accountId, { trigger: 'manual', full }),
    close: () => queue.stop({ graceMs: 1_000 }),
  };
}
