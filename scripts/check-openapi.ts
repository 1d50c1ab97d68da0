// Checks the OpenAPI document as its readers use it: Redocly's recommended rules, Spectral's OAS
// rules, and two generators of clients whose code has to compile. `npm run check:openapi`

import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openApiDocument } from '../src/http/openapi.js';
import { PROVIDERS } from '../src/providers/catalogue.js';

const SOURCES = fileURLToPath(new URL('openapi/', import.meta.url));
/** Below node_modules, which no other check reads. */
const TOOLS = fileURLToPath(new URL('../node_modules/.openapi-tools/', import.meta.url));

/** Runs a program of the tools' folder. @throws Error with its output where it finds anything */
function run(program: string, ...args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    cwd: TOOLS,
    encoding: 'utf8',
    env: {
      ...process.env,
      PATH: `${join(TOOLS, 'node_modules/.bin')}:${process.env['PATH']}`,
      REDOCLY_TELEMETRY: 'off',
      REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true',
    },
  });
  const output = `${stdout}${stderr}`;
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`${program} ${args[0]} failed:\n${output}`);
  return output;
}

cpSync(SOURCES, TOOLS, { recursive: true });
if (!existsSync(join(TOOLS, 'node_modules/.package-lock.json')))
  run('npm', 'ci', '--ignore-scripts', '--no-audit', '--no-fund');

const folder = mkdtempSync(join(tmpdir(), 'openapi-'));
try {
  const document = join(folder, 'openapi.json');
  for (const publicUrl of ['https://calendars.acme.example', 'http://127.0.0.1:3000/api']) {
    const content = openApiDocument({
      publicUrl,
      version: '0.0.0',
      providerIds: [...PROVIDERS.keys()],
    });
    writeFileSync(document, JSON.stringify(content, null, 2));
    const found = run('redocly', 'lint', '--extends', 'recommended', document);
    // Redocly ends with 0 after warnings.
    if (/\bwarning/i.test(found)) throw new Error(`redocly found:\n${found}`);
    run('spectral', 'lint', '-r', 'spectral.yaml', '--fail-severity', 'hint', document);
  }
  console.log('redocly and spectral: nothing found');

  run('openapi-typescript', document, '-o', join(folder, 'schema.ts'));
  run('openapi-ts', '-i', document, '-o', join(folder, 'client'), '--silent');
  cpSync(join(TOOLS, 'use-client.ts'), join(folder, 'use-client.ts'));
  symlinkSync(join(TOOLS, 'node_modules'), join(folder, 'node_modules'));
  const options = ['--strict', '--noEmit', '--skipLibCheck', 'false', '--target', 'es2022'];
  const modules = ['--module', 'preserve', '--moduleResolution', 'bundler'];
  const libraries = ['--lib', 'es2024,dom,dom.iterable'];
  run('tsc', ...options, ...modules, ...libraries, join(folder, 'use-client.ts'));
  console.log('openapi-typescript and openapi-ts: the clients compile');
} finally {
  rmSync(folder, { recursive: true, force: true });
}
