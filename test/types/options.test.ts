// The library's options are typed: the compiler refuses a misspelt name, a wrong type and a wrong
// word.

import { execFile } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';

const HERE = fileURLToPath(new URL('./', import.meta.url));
const COMPILER = fileURLToPath(new URL('../../node_modules/.bin/tsc', import.meta.url));

/** The numbers of the lines of `file` that do not compile. */
async function refusedLines(file: string): Promise<number[]> {
  const project = join(HERE, `tsconfig.${process.pid}.${file}.json`);
  const config = {
    extends: '../../tsconfig.json',
    compilerOptions: { noEmit: true, rootDir: '../..' },
    include: [file, '../../src/**/*.d.ts'],
    exclude: [],
  };
  writeFileSync(project, JSON.stringify(config));
  try {
    const output = await new Promise<string>((resolve) =>
      execFile(COMPILER, ['-p', project, '--pretty', 'false'], (_error, stdout) => resolve(stdout)),
    );
    const errors = output.split('\n').filter((line) => /: error TS\d+/.test(line));
    const places = errors.map((line) => /([^/\s]+)\((\d+),\d+\): error/.exec(line));
    expect(places.filter((place) => place?.[1] !== file)).toEqual([]); // only errors of this file
    return [...new Set(places.map((place) => Number(place?.[2])))];
  } finally {
    rmSync(project);
  }
}

describe('the options of createIntegrations', () => {
  test('right options compile', async () => {
    expect(await refusedLines('right-options.ts')).toEqual([]);
  }, 240_000);

  test('each wrong option is refused', async () => {
    const lines = readFileSync(join(HERE, 'wrong-options.ts'), 'utf8').split('\n');
    const wrong = lines.flatMap((line, index) => (line.endsWith(': wrong') ? [index + 1] : []));
    expect(wrong.length).toBeGreaterThan(5);
    expect(await refusedLines('wrong-options.ts')).toEqual(wrong);
  }, 240_000);
});
