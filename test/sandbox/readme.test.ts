// Tests that sandbox/README.md shows every control, every canned fault and every person.

import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Sandbox, startSandbox } from '../../sandbox/index.js';

const README = readFileSync(new URL('../../sandbox/README.md', import.meta.url), 'utf8');

let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await startSandbox({ contents: 'empty' });
});
afterAll(() => sandbox.close());

const read = async (path: string) => (await fetch(`${sandbox.url}/__sim${path}`)).json();

test('the README shows every control', async () => {
  const { controls } = (await read('/no-such-control')) as { controls: string[] };
  const lines = README.matchAll(/curl (?:-s )?(?:-X (\w+) )?"\$SIM(\/[\w-]+)/g);
  const shown = [...lines].map(([, method = 'GET', path]) => `${method} ${path}`);
  expect([...new Set([...shown, 'POST /send-lifecycle'])].sort()).toEqual(controls.sort());
});

test('the README names every canned fault', async () => {
  const { canned } = (await read('/faults')) as { canned: string[] };
  const written = new Set(README.match(/(?<=`)[\w.]+(?=`)/g));
  const short = (name: string) => name.replace(/^google\.403(?!\.rateLimit)/, '');
  expect(canned.filter((name) => !written.has(name) && !written.has(short(name)))).toEqual([]);
});

test('the README lists the people', () => {
  const rows = sandbox.control
    .accounts()
    .map(
      ({ provider, email, name, timeZone }) =>
        `| \`${provider}\` | \`${email}\` | ${name} | ${timeZone} |`,
    );
  expect(rows.filter((row) => !README.includes(row))).toEqual([]);
});
