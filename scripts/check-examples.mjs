// Checks the examples as a reader uses them: installs each with the packed package, builds it, runs
// it, and connects a calendar in Chromium. Needs the npm registry. `.ci/run` calls it.
//   npm run check:examples [-- express-host react next]

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startEmbeddedPostgres } from '../dist/local/embedded-postgres.js';
import { JWT_SECRET } from '../test/browser/host-page.mjs';
import { launchChromium } from '../test/browser/launch.mjs';
import { SERVICE_KEY, startService } from '../test/browser/running-service.mjs';
import { makeDataDir, removeDataDir } from '../test/support/temporary-data-dir.ts';

const START_MS = 60_000;
const COMMAND_MS = 300_000;
const ADDRESS = 'ana@example.com';
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const work = mkdtempSync(join(tmpdir(), 'calendar-connect-examples-'));
/** What was started, in the order of its end. */
const releases = [() => rmSync(work, { recursive: true, force: true })];

try {
  const tarball = pack();
  const browser = await launchChromium();
  releases.unshift(() => browser.close());
  const names = process.argv.slice(2);
  for (const [name, check] of Object.entries({ 'express-host': express, react, next })) {
    if (names.length > 0 && !names.includes(name)) continue;
    const begun = performance.now();
    const page = await (await browser.newContext({ locale: 'en-GB' })).newPage();
    page.setDefaultTimeout(START_MS);
    const complaints = listen(page);
    await check(install(name, tarball), page);
    assert.deepEqual(complaints, [], `${name}: the console of the browser`);
    console.log(`${name}: ${Math.round((performance.now() - begun) / 1_000)} s`);
  }
} finally {
  for (const release of releases) await release();
}

function pack() {
  const output = run(root, 'npm', 'pack', '--json', '--silent', '--pack-destination', work);
  const [{ filename }] = JSON.parse(output.replace(/^[^[]*/, ''));
  return join(work, filename);
}

/** A copy of an example with its packages. @returns its folder */
function install(name, tarball) {
  const folder = join(work, name);
  cpSync(join(root, 'examples', name), folder, {
    recursive: true,
    filter: (path) => !['node_modules', '.next', 'package-lock.json'].includes(basename(path)),
  });
  const file = join(folder, 'package.json');
  const manifest = JSON.parse(readFileSync(file, 'utf8'));
  const named = manifest.dependencies['calendar-connect'];
  assert.equal(named, `file:../../${basename(tarball)}`, `${name}: the package of this version`);
  manifest.dependencies['calendar-connect'] = `file:${tarball}`;
  writeFileSync(file, JSON.stringify(manifest));
  run(folder, 'npm', 'install', '--no-audit', '--no-fund', '--silent');
  return folder;
}

/** Mounted in an app with its own sign-in, on the same origin. */
async function express(folder, page) {
  const dataDir = await makeDataDir();
  const database = await startEmbeddedPostgres({ dataDir, durable: false });
  releases.unshift(async () => {
    await database.stop();
    await removeDataDir(dataDir);
  });
  const port = await freePort();
  const host = await start(folder, process.execPath, ['server.js'], /^ready: /m, {
    DATABASE_URL: database.url,
    PORT: String(port),
  });
  await page.goto(`http://localhost:${port}`);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('button', { name: 'Connect Google Calendar' }).click();
  await consent(page);
  await page.getByText(`${ADDRESS} is connected.`).waitFor();
  await host.printed(/notification: account\.connected of ana/);
  await host.printed(/notification: sync\.completed of ana/);
  await page.getByRole('button', { name: `Disconnect ${ADDRESS} (Google Calendar)` }).click();
  await page.getByRole('button', { name: 'Disconnect', exact: true }).click();
  await page.getByText('No calendar is connected.').waitFor();
  await host.stop();
}

/** On another origin, with the user's JWT. */
async function react(folder, page) {
  run(folder, 'npm', 'run', '--silent', 'types');
  const port = await freePort();
  const url = `http://localhost:${port}`;
  const service = await startService({ FRONTEND_BASE_URL: url, RETURN_PATHS: '/' });
  releases.unshift(service.stop);
  const html = join(folder, 'public/index.html');
  const text = readFileSync(html, 'utf8').replace('http://localhost:3000', service.url);
  writeFileSync(html, text);
  const command = ['run', 'start', '--', `--serve=localhost:${port}`];
  const server = await start(folder, 'npm', command, /Local:/);
  await page.goto(url);
  await page.getByRole('button', { name: 'Connect Google' }).click();
  await consent(page);
  await page.getByRole('region', { name: ADDRESS }).getByRole('listitem').first().waitFor();
  await page.getByRole('button', { name: 'Disconnect' }).click();
  await page.getByRole('region', { name: ADDRESS }).waitFor({ state: 'detached' });
  await server.stop();
}

/** Read on the server with a service key; the element in the browser with a JWT. */
async function next(folder, page) {
  const port = await freePort();
  const url = `http://localhost:${port}`;
  const service = await startService({ FRONTEND_BASE_URL: url, RETURN_PATHS: '/', JWT_SECRET });
  releases.unshift(service.stop);
  const settings = {
    CALENDAR_CONNECT_URL: `${service.url}/integrations`,
    CALENDAR_CONNECT_KEY: SERVICE_KEY,
    JWT_SECRET,
    NEXT_TELEMETRY_DISABLED: '1',
  };
  run(folder, 'npm', 'run', '--silent', 'build', settings);
  const command = ['node_modules/next/dist/bin/next', 'start', '--port', String(port)];
  const server = await start(folder, process.execPath, command, /Ready in/, settings);
  await page.goto(url);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByText('Nothing is coming up.').waitFor();
  await page.getByRole('button', { name: 'Connect Google Calendar' }).click();
  await consent(page);
  await page.getByText(`${ADDRESS} is connected.`).waitFor();
  // Outside of the element: read on the server.
  await page.locator('main > ul > li').first().waitFor();
  await server.stop();
}

/** Chooses the account and allows everything, at the sandbox. */
async function consent(page) {
  await page.getByRole('button', { name: ADDRESS }).click();
  await page.getByRole('button', { name: 'Continue' }).click();
}

/** Runs a command to its end. The last argument may be variables. @returns what it printed */
function run(cwd, command, ...rest) {
  const more = typeof rest.at(-1) === 'object' ? rest.pop() : {};
  try {
    return execFileSync(command, rest, {
      cwd,
      env: environment(more),
      encoding: 'utf8',
      timeout: COMMAND_MS,
    });
  } catch (error) {
    throw new Error(`${command} ${rest.join(' ')} failed:\n${error.stdout}\n${error.stderr ?? ''}`);
  }
}

/** Starts a program, and waits until it prints `ready`. It ends with this one. */
async function start(cwd, command, args, ready, more = {}) {
  const child = spawn(command, args, { cwd, env: environment(more), detached: true });
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (part) => (text += part));
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const stop = async () => {
    // Its whole group: npm starts programs of its own.
    if (child.exitCode === null && child.signalCode === null) process.kill(-child.pid, 'SIGTERM');
    await ended;
  };
  releases.unshift(stop);
  const printed = async (pattern) => {
    const until = Date.now() + START_MS;
    while (!pattern.test(text)) {
      if (Date.now() > until || child.exitCode !== null)
        throw new Error(
          `${command} ${args.join(' ')} did not print ${pattern}. It printed:\n${text}`,
        );
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  await printed(ready);
  return { printed, stop };
}

/** With this Node.js first. */
function environment(more) {
  const { PATH = '' } = process.env;
  return {
    ...process.env,
    PATH: `${dirname(process.execPath)}${delimiter}${PATH}`,
    ...more,
  };
}

/** The errors in the console of a page. */
function listen(page) {
  const complaints = [];
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  return complaints;
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, 'localhost', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
