// A third provider is one folder and one line in the catalogue: in a copy of this tree, `npm start`
// works with it.

import { spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { type ServiceProcess, startProcess } from '../faults/service-process.js';
import { makeDataDir, removeDataDir } from '../support/temporary-data-dir.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PATIENCE_MS = 120_000;
/** What a build and a start need. */
const TREE = [
  'client',
  'src',
  'local',
  'sandbox',
  'scripts',
  'ormconfig.ts',
  'package.json',
  'package-lock.json',
];
const CONFIGURATION = ['tsconfig.json', 'tsconfig.build.json', 'jest.config.js'];

let tree: string;
let dataDir: string;
let service: ServiceProcess | undefined;

/** Replaces `from` in a file of the copied tree. @throws Error when it is not there */
function edit(path: string, from: string, to: string): void {
  const text = readFileSync(join(tree, path), 'utf8');
  if (!text.includes(from)) throw new Error(`${path} does not contain ${from}`);
  writeFileSync(join(tree, path), text.replaceAll(from, to));
}

/** Copies the folder of one provider to another name, which has no push. */
function addProvider(): void {
  const folder = 'src/providers/acme';
  cpSync(join(ROOT, 'src/providers/google'), join(tree, folder), { recursive: true });
  rmSync(join(tree, folder, 'push.ts'));
  for (const name of readdirSync(join(tree, folder))) {
    const text = readFileSync(join(tree, folder, name), 'utf8')
      .replaceAll('passport-google-oauth20', 'PACKAGE')
      .replace(/google/g, 'acme')
      .replace(/Google/g, 'Acme')
      .replaceAll('PACKAGE', 'passport-google-oauth20');
    writeFileSync(join(tree, folder, name), text);
  }
  edit(`${folder}/definition.ts`, "import { acmePush } from './push.js';\n", '');
  edit(`${folder}/definition.ts`, "acmePush(http, read.text('CALENDAR_API_URL'))", 'null');
  const catalogue = 'src/providers/catalogue.ts';
  edit(catalogue, '[google, microsoft]', '[google, microsoft, acme]');
  edit(
    catalogue,
    'import { google }',
    "import { acme } from './acme/definition.js';\nimport { google }",
  );
}

/** `npm start`: its build, which checks the types, and its program. */
async function npmStart(environment: Record<string, string> = {}): Promise<ServiceProcess> {
  const built = spawnSync(process.execPath, ['scripts/build.mjs'], { cwd: tree, encoding: 'utf8' });
  if (built.status !== 0) throw new Error(built.stdout + built.stderr);
  service = await startProcess(
    { DATA_DIR: dataDir, ...environment },
    { root: tree, program: ['dist/src/main.js'] },
  );
  await service.ready;
  return service;
}

async function notify(url: string, provider: string): Promise<unknown> {
  const response = await fetch(`${url}/integrations/webhooks/${provider}`, { method: 'POST' });
  return ((await response.json()) as { code: unknown }).code;
}

beforeAll(async () => {
  tree = mkdtempSync(join(tmpdir(), 'calendar-connect-tree-'));
  for (const name of [...TREE, ...CONFIGURATION])
    cpSync(join(ROOT, name), join(tree, name), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(tree, 'node_modules'));
  // node_modules is a link here, and declarations cannot name a type behind a link.
  edit('tsconfig.json', '"declaration": true', '"declaration": false');
  addProvider();
  dataDir = await makeDataDir();
});
afterEach(async () => {
  service?.child.kill('SIGTERM');
  await service?.ended;
  service = undefined;
}, 30_000);
afterAll(async () => {
  await removeDataDir(dataDir);
  rmSync(tree, { recursive: true, force: true });
});

test(
  'a provider that is neither configured nor played by the sandbox is off, and the start says so',
  async () => {
    const { url, output } = await npmStart();
    expect(output()).toMatch(
      /^ {2}Acme +off: .*ACME_CLIENT_ID and ACME_CLIENT_SECRET \(docs\/providers\/acme\.md\)\)$/m,
    );
    expect(output()).toMatch(/^ {2}Google +played by the sandbox/m);
    expect(output()).not.toMatch(/^ +at /m);
    expect(await notify(url, 'acme')).toBe('provider_not_configured');
    expect(await notify(url, 'unknown')).toBe('unsupported_provider');
  },
  PATIENCE_MS,
);

test(
  'a provider that is configured is on, also without push',
  async () => {
    const { url, output } = await npmStart({
      ACME_CLIENT_ID: 'client',
      ACME_CLIENT_SECRET: 'secret',
      WEBHOOK_BASE_URL: 'https://calendars.example.com',
    });
    expect(output()).toMatch(/^ {2}Acme +the real one$/m);
    expect(await notify(url, 'acme')).toBe('not_found');
  },
  PATIENCE_MS,
);

test(
  'half of the settings of a provider stops the start before a database is created',
  async () => {
    const empty = await makeDataDir();
    try {
      const failed = await npmStart({ DATA_DIR: empty, ACME_CLIENT_ID: 'client' }).then(
        () => '',
        (error: Error) => error.message,
      );
      expect(failed).toContain('ACME_CLIENT_SECRET');
      expect(failed).not.toMatch(/^ +at /m);
      expect(readdirSync(empty)).toEqual([]);
    } finally {
      await removeDataDir(empty);
    }
  },
  PATIENCE_MS,
);
