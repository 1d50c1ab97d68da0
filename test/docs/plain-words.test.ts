// No file returns to the private idiom that this project once had. CONTRIBUTING.md has the rule;
// this list names the twenty words and phrases that were the hardest to understand.

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** What not to write, and what to write instead. */
const IDIOM: readonly (readonly [RegExp, string])[] = [
  [/\bwhoever\b/i, 'anyone, the user who'],
  [/\bwhatever\b/i, 'any'],
  [/\b[Nn]obody\b/, 'no user, no one'],
  [/\bbefell\b|\bbefalls?\b/i, 'the error of, happened to'],
  [/\bdoom(ed)?\b/i, 'to delete, invalid'],
  [/\bbelongings\b/i, 'dependents, data'],
  [/\btend(s|ed|ing)?\b(?! to\b)/i, 'maintain, renew'],
  [/\bheed(s|ed|ing)?\b/i, 'apply, verify'],
  [/\bhopeless\b/i, 'failed'],
  [/\b(bitten|bites?)\b/i, 'batch'],
  [/\bmend(s|ed|ing)?\b/i, 'fix, repair'],
  [/\bso long\b/i, 'until, while'],
  [/\bso many\b/i, 'the number of'],
  [/\bon (its|their) way out\b/i, 'being disconnected'],
  [/\bwhat (was|is) (said|told|asked for)\b/i, 'response, request'],
  [/\bunhurried\b/i, 'without waiting for the disk'],
  [/\bgoodbye\b/i, 'stop'],
  [/\bfares?\b/i, 'the result of'],
  [/\b(was|were|is|are) told\b(?! apart)/i, 'gets, is shown'],
  [/\b(is|are|was|were|while) away\b/i, 'unavailable'],
];

/** Checked whole. */
const TEXT = [
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  'SECURITY.md',
  'bench',
  'client',
  'docs',
  'examples',
  'local',
  'sandbox',
  'scripts',
  'src',
  'ormconfig.ts',
];
/** The files of this kind are text that people read. */
const READABLE = /\.(ts|mjs|js|css|html|md|sh)$/;

const filesIn = (path: string): string[] =>
  statSync(join(ROOT, path)).isDirectory()
    ? readdirSync(join(ROOT, path))
        .filter((name) => name !== 'node_modules' && name !== '.next')
        .flatMap((name) => filesIn(`${path}/${name}`))
    : [path];

const listed = (paths: readonly string[]): string[] =>
  paths
    .flatMap(filesIn)
    .filter((path) => READABLE.test(path) && !path.endsWith('plain-words.test.ts'));

const linesOf = (path: string): [number, string][] =>
  readFileSync(join(ROOT, path), 'utf8')
    .split('\n')
    .map((line, index) => [index + 1, line]);

/** A whole-line comment, a comment at the end of a line, or the title of a test. */
const WORDS_OF_A_TEST = /^\s*(\/\/|\/?\*)|\s\/\/ |\b(describe|test|it)\b.*\(|^\s*['"`].*['"`],$/;

const found = (paths: readonly string[], isChecked: (line: string) => boolean): string[] =>
  listed(paths).flatMap((path) =>
    linesOf(path)
      .filter(([, line]) => isChecked(line))
      .flatMap(([number, line]) =>
        IDIOM.filter(([pattern]) => pattern.test(line)).map(
          ([pattern, instead]) => `${path}:${number}: ${pattern.exec(line)?.[0]} (say: ${instead})`,
        ),
      ),
  );

test('sources and documents use plain words', () => {
  expect(found(TEXT, () => true)).toEqual([]);
});

test('comments and titles of tests use plain words', () => {
  expect(found(['test'], (line) => WORDS_OF_A_TEST.test(line))).toEqual([]);
});
