/**
 * The service as an operator runs it: built, in its own process, with settings in the environment
 * and its own database.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createEmptyDatabase, type TestDatabase } from '../support/servers.js';
import { Browser, jwt } from './client.js';
import type { Emulator } from './emulator.js';

const here = dirname(fileURLToPath(import.meta.url));
export const root = join(here, '..', '..');
const node = join(root, 'node_modules', '.bin', 'node');
export const JWT_SECRET = randomBytes(40).toString('hex');

/** A port that is free at the moment. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

export interface Ended {
  readonly code: number | null;
  readonly output: string;
}

/** Runs a script with only this environment, and waits for its end. */
export async function runToEnd(
  script: string,
  environment: Record<string, string>,
  seconds = 20,
): Promise<Ended> {
  const child = spawn(node, [script], {
    cwd: root,
    env: { PATH: process.env['PATH'], ...environment },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => (output += chunk));
  const timer = setTimeout(() => child.kill('SIGKILL'), seconds * 1000);
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  clearTimeout(timer);
  return { code, output };
}

/** Builds as `npm start` does. @throws Error with the compiler's output */
export function build(): void {
  const { status, stdout, stderr } = spawnSync(node, ['scripts/build.mjs'], {
    cwd: root,
    encoding: 'utf8',
    timeout: 120_000,
  });
  if (status !== 0) throw new Error(`the build fails: ${stdout}${stderr}`);
}

export class Service {
  output = '';

  private constructor(
    private readonly child: ChildProcess,
    private readonly database: TestDatabase,
    readonly origin: string,
    readonly frontend: string,
  ) {
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk) => (this.output += chunk));
  }

  static async start(
    emulator: Emulator,
    more: Record<string, string | undefined> = {},
    script = 'dist/src/main.js',
  ): Promise<Service> {
    const database = await createEmptyDatabase();
    const port = await freePort();
    const origin = `http://127.0.0.1:${port}`;
    const frontend = `http://127.0.0.1:${await freePort()}`;
    const environment = {
      PATH: process.env['PATH'],
      NODE_ENV: 'production',
      PORT: `${port}`,
      HOST: '127.0.0.1',
      DATABASE_URL: database.url,
      DATABASE_POOL_SIZE: '6',
      REDIS_URL: process.env['TEST_REDIS_URL'],
      JWT_SECRET,
      JWT_ISSUER: 'https://host.example',
      JWT_AUDIENCE: 'calendars',
      SESSION_SECRET: randomBytes(32).toString('hex'),
      TOKEN_ENCRYPTION_KEYS: `k1:${randomBytes(32).toString('base64')}`,
      OAUTH_REDIRECT_BASE_URL: origin,
      FRONTEND_BASE_URL: frontend,
      RATE_LIMIT_START: '0',
      RATE_LIMIT_CALLBACK: '0',
      RATE_LIMIT_SYNC: '0',
      PROVIDER_TIMEOUT_MS: '2000',
      ...emulator.google.environment,
      ...emulator.microsoft.environment,
      ...more,
      ...(more['WEBHOOK_BASE_URL'] ? { WEBHOOK_BASE_URL: origin } : {}),
    };
    const child = spawn(node, [script], {
      cwd: root,
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const service = new Service(child, database, origin, frontend);
    for (let tries = 0; tries < 200; tries++) {
      if (child.exitCode !== null) break;
      if (
        await fetch(`${origin}/readyz`).then(
          (reply) => reply.ok,
          () => false,
        )
      )
        return service;
      await sleep(100);
    }
    await service.stop();
    throw new Error(`the service did not start:\n${service.output}`);
  }

  async stop(): Promise<number | null> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      const ended = new Promise((resolve) => this.child.once('exit', resolve));
      this.child.kill('SIGTERM');
      const timer = setTimeout(() => this.child.kill('SIGKILL'), 8000);
      await ended;
      clearTimeout(timer);
    }
    await this.database.drop();
    return this.child.exitCode;
  }

  token(user: string, more: Record<string, unknown> = {}): string {
    const now = Math.floor(Date.now() / 1000);
    return jwt(
      {
        sub: user,
        iss: 'https://host.example',
        aud: 'calendars',
        iat: now,
        exp: now + 900,
        ...more,
      },
      JWT_SECRET,
    );
  }

  /** A browser whose script holds this user's JWT. */
  browser(user: string = randomUUID()): Browser {
    return new Browser(this.origin, this.token(user));
  }

  /** Connects as this person. @returns where the browser ends */
  async connect(
    browser: Browser,
    emulator: Emulator,
    provider: 'google' | 'microsoft',
    person: string,
    query = '',
  ): Promise<string> {
    emulator[provider].oauth.person = person;
    const start = await browser.ask(`/integrations/oauth-url/${provider}${query}`);
    if (start.status !== 200) throw new Error(`oauth-url: ${start.status} ${start.text}`);
    return browser.navigate(start.body.url, emulator.origin);
  }

  /** Connects and waits for the first sync. @returns the account's id */
  async connected(
    browser: Browser,
    emulator: Emulator,
    provider: 'google' | 'microsoft',
    person: string,
  ): Promise<string> {
    const end = new URL(await this.connect(browser, emulator, provider, person));
    const id = end.searchParams.get('accountId');
    if (!id) throw new Error(`not connected: ${end}`);
    await settled(browser, id);
    return id;
  }
}

/** Waits until no run is queued or running. @returns the sync object */
// biome-ignore lint/suspicious/noExplicitAny: judged by the checks
export async function settled(browser: Browser, id: string, since = 0): Promise<any> {
  for (let tries = 0; tries < 150; tries++) {
    const { body } = await browser.ask(`/integrations/sync/${id}`);
    if (!['queued', 'running'].includes(body.state) && Date.parse(body.finishedAt ?? 0) >= since)
      return body;
    await sleep(100);
  }
  throw new Error(`the sync does not end: ${(await browser.ask(`/integrations/sync/${id}`)).text}`);
}

/** Requests a sync and waits for its end. */
// biome-ignore lint/suspicious/noExplicitAny: judged by the checks
export async function synced(browser: Browser, id: string, json: unknown = {}): Promise<any> {
  const since = Date.now();
  const reply = await browser.ask(`/integrations/sync/${id}`, { method: 'POST', json });
  if (reply.status !== 202) throw new Error(`sync: ${reply.status} ${reply.text}`);
  return settled(browser, id, since);
}
