// Checks the package as a host gets it: packs it, installs it in an empty folder, compiles and runs
// programs that use it. Needs the npm registry. `.ci/run` calls it.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const MOST_MEGABYTES = 45;
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const bin = (name) => join(root, 'node_modules', '.bin', name);
const host = mkdtempSync(join(tmpdir(), 'calendar-connect-host-'));
const inHost = (command, ...rest) =>
  execFileSync(command, rest, {
    cwd: host,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });

const PROGRAM = `
import { ConfigError, createIntegrations, ERRORS, type IntegrationOptions } from 'calendar-connect';
import { environmentFor, startSandbox } from 'calendar-connect/sandbox';
import express from 'express';
const options: IntegrationOptions = {
  databaseUrl: 'x', syncPastDays: 1, googleClientId: 'y', googleRevokeOnDisconnect: false, environment: process.env,
  authenticate: (request) => (request.ip === undefined ? null : { userId: 'u' }),
};
// @ts-expect-error a misspelt option
export const wrong: IntegrationOptions = { databaseUrll: 'x' };
export const status: 409 = ERRORS.reauthorization_required.status;
export function use(): void {
  try {
    const integrations = createIntegrations(options);
    express().use('/integrations', integrations.router).use(integrations.operations);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
  }
  void startSandbox().then((sandbox) => environmentFor(sandbox, 'google'));
}
`;
/** A page: compiled with the types of a browser. */
const PAGE = `
import { defineMessages } from 'calendar-connect/elements';
defineMessages('de', { disconnect: 'Trennen', errors: { access_denied: '…' } });
const button = document.createElement('calendar-connect-button');
button.token = async () => 'jwt';
document.querySelector('calendar-connect-accounts')?.accounts.map(({ email }) => email);
// @ts-expect-error a text that does not exist
defineMessages('de', { disconect: 'Trennen' });
`;
/** A frontend: compiled once with the types of a browser, once with those of Node.js. */
const FRONTEND = `
import { type Account, CalendarConnectError, createClient, type Event } from 'calendar-connect/client';
const client = createClient({ baseUrl: '/integrations', token: async () => 'jwt', credentials: 'include' });
export async function upcoming(signal: AbortSignal): Promise<Event[]> {
  const found: Event[] = [];
  for await (const account of client.pages.listAccounts({ query: { status: 'connected' }, signal }))
    found.push(...(await client.listEvents({ path: { accountId: account.id } })).data);
  for await (const { data } of client.streams.listChanges({ lastEventId: 'x' }))
    if (data.type === 'account.connected') break;
  return found;
}
export const codeOf = (error: unknown): string | null =>
  error instanceof CalendarConnectError ? error.code : null;
export const known: Account['status'][] = ['connected', 'a status of tomorrow'];
// @ts-expect-error a variable of the path is missing
export const wrong = () => client.getAccount({});
// @ts-expect-error a status that cannot be asked for
export const unknown = () => client.listAccounts({ query: { status: 'broken' } });
`;
const FROM_COMMONJS = `
import library = require('calendar-connect');
export const options: library.IntegrationOptions = { databaseUrl: 'x' };
export const create = library.createIntegrations;
`;
const FRONTEND_FROM_COMMONJS = `
import client = require('calendar-connect/client');
export const { listAccounts } = client.createClient({ baseUrl: '/integrations' });
`;

try {
  const [{ filename }] = JSON.parse(
    inHost('npm', 'pack', root, '--json', '--silent').replace(/^[^[]*/, ''),
  );
  const manifest = { name: 'host', private: true, type: 'module', scripts: { v: 'node -v' } };
  writeFileSync(join(host, 'package.json'), JSON.stringify(manifest));
  const nodeBefore = inHost('npm', 'run', '--silent', 'v');
  inHost('npm', 'install', '--no-audit', '--no-fund', '--silent', 'express@5', `./${filename}`);
  checkInstalled(nodeBefore);
  inHost(bin('publint'), 'run', join(host, filename), '--strict');
  console.log('publint finds nothing');
  inHost(
    bin('attw'),
    join(host, filename),
    '--profile',
    'node16',
    '--ignore-rules',
    'cjs-resolves-to-esm',
  );
  console.log('arethetypeswrong finds nothing but that the package is an ES module');
  checkTypes();
  checkRuns();
} finally {
  rmSync(host, { recursive: true, force: true });
}

function fail(what) {
  throw new Error(`the installed package ${what}`);
}

function checkInstalled(nodeBefore) {
  const folder = join(host, 'node_modules');
  let kilobytes = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    const path = join(entry.parentPath, entry.name);
    if (!entry.isFile()) continue;
    kilobytes += Math.ceil(statSync(path).size / 4_096) * 4; // as disks store it
    if (entry.name.endsWith('.node')) fail(`has a native module: ${path}`);
    if (entry.name !== 'package.json') continue;
    const { scripts = {} } = JSON.parse(readFileSync(path, 'utf8'));
    const isPackage = /node_modules\/(@[^/]+\/)?[^/]+$/.test(entry.parentPath);
    if (isPackage && ['preinstall', 'install', 'postinstall'].some((name) => scripts[name]))
      fail(`runs a script at its installation: ${path}`);
  }
  console.log(`${Math.round(kilobytes / 1_024)} MB are installed`);
  if (kilobytes > MOST_MEGABYTES * 1_024) fail(`is larger than ${MOST_MEGABYTES} MB`);
  if (readdirSync(join(folder, '.bin')).includes('node')) fail('brings a Node.js');
  if (inHost('npm', 'run', '--silent', 'v') !== nodeBefore) fail("changes the host's Node.js");
}

function checkTypes() {
  inHost('npm', 'install', '--no-audit', '--no-fund', '--silent', '@types/node@24');
  writeFileSync(join(host, 'program.mts'), PROGRAM);
  writeFileSync(join(host, 'program.cts'), FROM_COMMONJS);
  writeFileSync(join(host, 'frontend.mts'), FRONTEND);
  writeFileSync(join(host, 'page.mts'), PAGE);
  writeFileSync(join(host, 'frontend.cts'), FRONTEND_FROM_COMMONJS);
  const all = ['program.mts', 'program.cts', 'frontend.mts', 'frontend.cts'];
  for (const [module, moduleResolution, ...files] of [
    ['nodenext', 'nodenext', ...all],
    ['node16', 'node16', 'program.mts', 'frontend.mts'],
    ['esnext', 'bundler', 'program.mts', 'frontend.mts'],
    ['esnext', 'bundler', 'browser', 'frontend.mts', 'page.mts'],
  ]) {
    const isBrowser = files[0] === 'browser';
    if (isBrowser) files.shift();
    const flags = { module, moduleResolution, target: 'es2022', strict: true, noEmit: true };
    const compilerOptions = {
      ...flags,
      skipLibCheck: false,
      esModuleInterop: true,
      exactOptionalPropertyTypes: true,
      types: isBrowser ? [] : ['node'],
      lib: isBrowser ? ['es2022', 'dom', 'dom.iterable', 'dom.asynciterable'] : ['es2024'],
    };
    writeFileSync(join(host, 'tsconfig.json'), JSON.stringify({ compilerOptions, files }));
    try {
      inHost(bin('tsc'), '-p', host);
    } catch (error) {
      fail(
        `does not compile with ${moduleResolution}${isBrowser ? ' in a browser' : ''}:\n${error.stdout}`,
      );
    }
    console.log(`types: ${moduleResolution}${isBrowser ? ' in a browser' : ''}`);
  }
}

function checkRuns() {
  const names = {
    'calendar-connect': 'ConfigError,ERRORS,IntegrationError,createIntegrations',
    'calendar-connect/client': 'CalendarConnectError,createClient,jsonLines',
    'calendar-connect/elements': 'CalendarConnectAccounts,CalendarConnectButton,defineMessages',
  };
  const print = (load) => `${load}.then((m) => console.log(Object.keys(m).sort().join()))`;
  for (const [name, expected] of Object.entries(names))
    for (const [type, load] of [
      ['module', `import('${name}')`],
      ['commonjs', `Promise.resolve(require('${name}'))`],
    ]) {
      const found = inHost(process.execPath, `--input-type=${type}`, '-e', print(load)).trim();
      if (found !== expected) fail(`exports ${found} with ${load}`);
      console.log(`runs: ${load}`);
    }
}
