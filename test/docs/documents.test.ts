// The documents say what the code says: codes, variables, links, commands.

import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { clientOperations } from '../../scripts/client-operations.js';
import { errorsDocument } from '../../scripts/errors-document.js';
import {
  configurationDocument,
  envExample,
  settingOptions,
} from '../../scripts/settings-document.js';
import { ERRORS } from '../../src/errors.js';
import { ROUTES } from '../../src/http/routes/routes.js';
import { optionName } from '../../src/settings/provider-settings.js';
import { ALL_SETTINGS } from '../../src/settings.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

/** Every Markdown file of the project's own, by path below its root. */
const DOCUMENTS = [
  ...readdirSync(ROOT).filter((name) => name.endsWith('.md')),
  ...readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
  ...['express-host', 'next', 'react'].map((name) => `examples/${name}/README.md`),
  'sandbox/README.md',
  'test/README.md',
].sort();

/** Rows of the Markdown tables of a document, cell by cell. */
const rowsOf = (path: string): string[][] =>
  read(path)
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) => line.split('|').map((cell) => cell.trim()));

const uncode = (cell: string): string => cell.replace(/^`|`$/g, '');

describe('docs/errors.md', () => {
  test('docs/errors.md lists every code once, with its status, and no other', () => {
    const documented = rowsOf('docs/errors.md')
      .filter(([, first = '']) => /^`[a-z_]+`$/.test(first))
      .map(([, code = '', status = '']) => [uncode(code), Number(status)]);
    const known = Object.entries(ERRORS).map(([code, { status }]) => [code, status]);
    expect(documented.sort()).toEqual(known.sort());
  });

  test('docs/errors.md is what `npm run docs:errors` writes', () => {
    expect(read('docs/errors.md')).toBe(errorsDocument());
  });

  test('docs/errors.md gives cause and solution of each code', () => {
    for (const row of rowsOf('docs/errors.md').filter(([, first = '']) =>
      /^`[a-z_]+`$/.test(first),
    ))
      expect(row.slice(1, -1).map((cell) => cell !== '')).toEqual([true, true, true, true, true]);
  });
});

describe('settings', () => {
  /** Names and defaults; what only tests read has none. */
  const known = [
    ...Object.values(ALL_SETTINGS).map(({ variable, fallback }) => [variable, fallback ?? '']),
    ['TEST_DATABASE_URL', ''],
    ['TEST_REDIS_URL', ''],
  ].sort();

  test('.env.example lists each setting once with its default, and sets none', () => {
    const lines = read('.env.example').split('\n');
    expect(lines.filter((line) => line !== '' && !line.startsWith('#'))).toEqual([]);
    const listed = lines.flatMap((line) => {
      const [, name, value] = /^#([A-Z\d_]+)=(.*)$/.exec(line) ?? [];
      return name === undefined ? [] : [[name, value]];
    });
    expect(listed.sort()).toEqual(known);
  });

  test('docs/configuration.md lists each setting once with its default', () => {
    const listed = rowsOf('docs/configuration.md')
      .filter(([, first = '']) => /^`[A-Z\d_]+`$/.test(first))
      .map(([, name = '', fallback = '']) => [uncode(name), uncode(fallback)]);
    expect(listed.sort()).toEqual(known);
  });

  test('the files are what `npm run docs:settings` writes', () => {
    expect(read('.env.example')).toBe(envExample());
    expect(read('docs/configuration.md')).toBe(configurationDocument());
    expect(read('src/setting-options.ts')).toBe(settingOptions());
  });

  test('each setting has the name of its variable as an option', () => {
    const names = Object.entries(ALL_SETTINGS).map(([name, { variable }]) => [name, variable]);
    expect(names).toEqual(names.map(([, variable = '']) => [optionName(variable), variable]));
  });

  test('no document names a variable that nothing reads', () => {
    const names = new Set(known.map(([name]) => name));
    const shared =
      /^(GOOGLE|MICROSOFT|DATABASE|REDIS|JWT|OAUTH|FRONTEND|SYNC|RATE_LIMIT|PROVIDER|TOKEN|SESSION|STATE)_[A-Z\d_]+$/;
    const wrong = DOCUMENTS.flatMap((path) =>
      [...read(path).matchAll(/`([A-Z][A-Z\d_]+)(?:=[^`]*)?`/g)]
        .map(([, name = '']) => name)
        .filter((name) => shared.test(name) && !names.has(name))
        .map((name) => `${path}: ${name}`),
    );
    expect(wrong).toEqual([]);
  });
});

test('client/operations.ts is what `npm run docs:client` writes', () => {
  expect(read('client/operations.ts')).toBe(clientOperations());
});

/** As on GitHub: lower case, without punctuation, spaces as hyphens. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replace(/\s/g, '-');

const anchorsIn = (path: string): string[] =>
  [...readFileSync(path, 'utf8').matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = '']) =>
    anchorOf(heading),
  );

test('every relative link has a target', () => {
  const broken = DOCUMENTS.flatMap((path) => {
    const text = read(path).replace(/^```[\s\S]*?^```/gm, '');
    return [...text.matchAll(/\]\(([^)\s]+)\)/g)]
      .map(([, target = '']) => target)
      .filter((target) => !/^[a-z]+:/.test(target))
      .filter((target) => {
        const [file = '', anchor] = target.split('#');
        const found = file === '' ? join(ROOT, path) : resolve(ROOT, dirname(path), file);
        if (relative(ROOT, found).startsWith('..') || !existsSync(found)) return true;
        return (
          anchor !== undefined && statSync(found).isFile() && !anchorsIn(found).includes(anchor)
        );
      })
      .map((target) => `${path}: ${target}`);
  });
  expect(broken).toEqual([]);
});

test('docs/http-api.md lists every route, and no other', () => {
  const listed = rowsOf('docs/http-api.md').flatMap(([, first = '']) =>
    [...first.matchAll(/`((?:GET|POST|PUT|PATCH|DELETE) \/[^` ]*)/g)].map(([, name = '']) => name),
  );
  // They are not below /integrations, or are not part of the API.
  const others = ['GET /client/{file}.js', 'GET /docs/errors', 'GET /healthz', 'GET /integrations'];
  const routes = ROUTES.map(({ method, path }) => `${method.toUpperCase()} ${path}`);
  expect(listed.sort()).toEqual([...routes, ...others].sort());
});

test('the code has every log message that docs/operations.md lists', () => {
  const [, log = ''] = read('docs/operations.md').split('\n## Log\n');
  const [table = ''] = log.split('**Audit lines**');
  const messages = [...table.matchAll(/^\| (`[^|]*`) \|/gm)]
    .flatMap(([, cell = '']) => cell.split(', '))
    .map(uncode)
    .filter((message) => message !== 'msg');
  const sources = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => read(join('src', path)))
    .join('\n');
  expect(messages.length).toBeGreaterThan(10);
  expect(messages.filter((message) => !sources.includes(`'${message}'`))).toEqual([]);
});

test('documents keep within 120 columns, except tables and code', () => {
  const long = DOCUMENTS.flatMap((path) =>
    read(path)
      .replace(/^ *```[\s\S]*?^ *```/gm, (block) => block.replace(/.+/g, ''))
      .split('\n')
      .flatMap((line, index) =>
        line.length > 120 && !line.trimStart().startsWith('|') ? [`${path}:${index + 1}`] : [],
      ),
  );
  expect(long).toEqual([]);
});

describe('indexes', () => {
  const linkedIn = (path: string): string[] =>
    [...read(path).matchAll(/\]\(([^)\s#]+)/g)].map(([, target = '']) =>
      join(dirname(path), target),
    );

  test('docs/README.md links every document', () => {
    const linked = linkedIn('docs/README.md');
    const missing = DOCUMENTS.filter((path) => path.startsWith('docs/'))
      .filter((path) => !path.startsWith('docs/decisions/') && path !== 'docs/README.md')
      .filter((path) => !linked.includes(path));
    expect(missing).toEqual([]);
  });

  test('docs/decisions/README.md links every decision, in order', () => {
    const pages = DOCUMENTS.filter((path) => /^docs\/decisions\/\d{4}-/.test(path));
    expect(linkedIn('docs/decisions/README.md')).toEqual(pages);
  });
});

test('the TypeScript examples of README.md and docs/library.md compile', () => {
  const examples = ['README.md', 'docs/library.md'].flatMap((path) =>
    [...read(path).matchAll(/^```ts\n([\s\S]*?)^```/gm)].map(([, code = '']) => code),
  );
  expect(examples.length).toBeGreaterThan(1);
  const directory = mkdtempSync(join(tmpdir(), 'examples-'));
  try {
    symlinkSync(join(ROOT, 'node_modules'), join(directory, 'node_modules'));
    writeFileSync(join(directory, 'package.json'), '{"type": "module"}');
    // The host's own file, which the examples import.
    writeFileSync(
      join(directory, 'sign-in.ts'),
      `import type { Request, RequestHandler } from 'express';
export declare function currentUser(request: Request): { userId: string; admin: boolean } | null;
export declare const session: RequestHandler;`,
    );
    for (const [index, code] of examples.entries())
      writeFileSync(join(directory, `example-${index}.ts`), code);
    const options = {
      noEmit: true,
      rootDir: '/',
      paths: { 'calendar-connect': [join(ROOT, 'src/index.ts')] },
    };
    writeFileSync(
      join(directory, 'tsconfig.json'),
      JSON.stringify({
        extends: join(ROOT, 'tsconfig.json'),
        compilerOptions: options,
        include: ['*.ts', join(ROOT, 'src/**/*.d.ts')],
      }),
    );
    const compile = () =>
      execFileSync(join(ROOT, 'node_modules/.bin/tsc'), ['-p', directory], { encoding: 'utf8' });
    expect(outputOf(compile)).toBe('');
  } finally {
    rmSync(directory, { recursive: true });
  }
}, 60_000);

/** What a program printed on standard output, whether or not it failed. */
function outputOf(run: () => string): string {
  try {
    return run();
  } catch (error) {
    return String((error as { stdout?: unknown }).stdout ?? error);
  }
}

interface Package {
  readonly scripts: Record<string, string>;
  readonly dependencies: Record<string, string>;
  readonly devDependencies: Record<string, string>;
  readonly optionalDependencies: Record<string, string>;
}

const { scripts, dependencies, devDependencies, optionalDependencies } = JSON.parse(
  read('package.json'),
) as Package;

describe('docs/decisions/0001-dependencies.md', () => {
  test('the decision names every package', () => {
    const named = new Set(
      read('docs/decisions/0001-dependencies.md').match(/@?[a-z\d][\w./@-]*[\w]/gi),
    );
    const packages = Object.keys({ ...dependencies, ...devDependencies, ...optionalDependencies });
    expect(packages.filter((name) => !named.has(name))).toEqual([]);
  });
});

describe('commands', () => {
  test('every npm script that a document names exists', () => {
    const unknown = DOCUMENTS.flatMap((path) =>
      [...read(path).matchAll(/\bnpm (?:run (?:--silent )?([\w:-]+)|(start|test)\b)/g)]
        .map(([, run, short]) => run ?? short ?? '')
        .filter((name) => !Object.hasOwn(scripts, name))
        .map((name) => `${path}: ${name}`),
    );
    expect(unknown).toEqual([]);
  });

  test('README begins with the two commands, in their order', () => {
    const [introduction = ''] = read('README.md').split('\n## ');
    const named = introduction.match(/^npm ci && npm .*$/gm);
    expect(named).toEqual(['npm ci && npm start', 'npm ci && npm test']);
  });
});
