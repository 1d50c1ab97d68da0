// The documents say what the code says: codes, variables, links, commands.

import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { ERRORS } from '../../src/errors.js';
import { SETTINGS } from '../../src/settings.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

/** Every Markdown file of the project's own, by path below its root. */
const DOCUMENTS = [
  ...readdirSync(ROOT).filter((name) => name.endsWith('.md')),
  ...readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
].sort();

/** Rows of the Markdown tables of a document, cell by cell. */
const rowsOf = (path: string): string[][] =>
  read(path)
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) => line.split('|').map((cell) => cell.trim()));

const uncode = (cell: string): string => cell.replace(/^`|`$/g, '');

describe('docs/errors.md', () => {
  test('lists every code once, with its status, and no other', () => {
    const documented = rowsOf('docs/errors.md')
      .filter(([, first = '']) => /^`[a-z_]+`$/.test(first))
      .map(([, code = '', status = '']) => [uncode(code), Number(status)]);
    const known = Object.entries(ERRORS).map(([code, { status }]) => [code, status]);
    expect(documented.sort()).toEqual(known.sort());
  });

  test('gives cause and cure of each', () => {
    for (const row of rowsOf('docs/errors.md').filter(([, first = '']) => /^`[a-z_]+`$/.test(first)))
      expect(row.slice(1, -1).map((cell) => cell !== '')).toEqual([true, true, true, true, true]);
  });
});

describe('settings', () => {
  /** Names and defaults; what only tests read has none. */
  const known = [
    ...SETTINGS.map(({ name, fallback }) => [name, fallback ?? '']),
    ['TEST_DATABASE_URL', ''],
    ['TEST_REDIS_URL', ''],
  ].sort();

  test('.env.example lists each once with its default, and sets none', () => {
    const lines = read('.env.example').split('\n');
    expect(lines.filter((line) => line !== '' && !line.startsWith('#'))).toEqual([]);
    const listed = lines.flatMap((line) => {
      const [, name, value] = /^#([A-Z\d_]+)=(.*)$/.exec(line) ?? [];
      return name === undefined ? [] : [[name, value]];
    });
    expect(listed.sort()).toEqual(known);
  });

  test('docs/configuration.md lists each once with its default', () => {
    const listed = rowsOf('docs/configuration.md')
      .filter(([, first = '']) => /^`[A-Z\d_]+`$/.test(first))
      .map(([, name = '', fallback = '']) => [uncode(name), uncode(fallback)]);
    expect(listed.sort()).toEqual(known);
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

/** As on GitHub: lower case, without punctuation, spaces as hyphens. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replace(/\s/g, '-');

const anchorsIn = (path: string): string[] =>
  [...readFileSync(path, 'utf8').matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = '']) => anchorOf(heading));

describe('links', () => {
  test.each(DOCUMENTS)('every relative link of %s leads somewhere', (path) => {
    const text = read(path).replace(/^```[\s\S]*?^```/gm, '');
    const broken = [...text.matchAll(/\]\(([^)\s]+)\)/g)]
      .map(([, target = '']) => target)
      .filter((target) => !/^[a-z]+:/.test(target))
      .filter((target) => {
        const [file = '', anchor] = target.split('#');
        const found = file === '' ? join(ROOT, path) : resolve(ROOT, dirname(path), file);
        if (relative(ROOT, found).startsWith('..') || !existsSync(found)) return true;
        return anchor !== undefined && statSync(found).isFile() && !anchorsIn(found).includes(anchor);
      });
    expect(broken).toEqual([]);
  });
});

describe('commands', () => {
  const scripts = (JSON.parse(read('package.json')) as { scripts: Record<string, string> }).scripts;

  test.each(DOCUMENTS)('every npm script that %s names exists', (path) => {
    const named = [...read(path).matchAll(/\bnpm (?:run (?:--silent )?([\w:-]+)|(start|test)\b)/g)].map(
      ([, run, short]) => run ?? short ?? '',
    );
    expect(named.filter((name) => !Object.hasOwn(scripts, name))).toEqual([]);
  });

  test('README begins with the two commands, in their order', () => {
    const [first, second] = [...read('README.md').matchAll(/npm ci && npm (?:start|test)/g)].map(
      ([command]) => command,
    );
    expect([first, second]).toEqual(['npm ci && npm start', 'npm ci && npm test']);
    expect(read('README.md').search(/npm ci && npm start/)).toBeLessThan(
      read('README.md').search(/\n## .*\n[\s\S]*\n## /),
    );
  });
});
