// What an installed package brings along, read from package-lock.json and node_modules, without a
// network. scripts/check-package.mjs installs it for real.

import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from '@jest/globals';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const MOST_BYTES = 45 * 1_024 * 1_024;
const BLOCK = 4_096;

interface Locked {
  readonly dev?: boolean;
  readonly devOptional?: boolean;
  readonly link?: boolean;
  readonly hasInstallScript?: boolean;
  readonly bin?: Readonly<Record<string, string>>;
}

const json = (path: string) => JSON.parse(readFileSync(join(ROOT, path), 'utf8'));
const { packages } = json('package-lock.json') as { packages: Record<string, Locked> };
/** What a host gets beside our own files. */
const installed = Object.entries(packages).filter(
  ([path, { dev, link }]) => path.startsWith('node_modules/') && dev !== true && link !== true,
);

function* filesOf(folder: string): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && entry.name !== 'node_modules') yield* filesOf(path);
    else if (entry.isFile()) yield path;
  }
}

const sizeOf = (files: Iterable<string>): number =>
  [...files].reduce((sum, file) => sum + Math.ceil(statSync(file).size / BLOCK) * BLOCK, 0);

beforeAll(() => {
  execFileSync(process.execPath, ['scripts/build.mjs'], { cwd: ROOT, stdio: 'inherit' });
}, 150_000);

/** The files of the package, as `npm pack` lists them. */
function packedFiles(): string[] {
  const output = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    cwd: ROOT,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [{ files }] = JSON.parse(output) as [{ files: { path: string }[] }];
  return files.map(({ path }) => path);
}

describe('the installed package', () => {
  test('no dependency brings Node.js, runs a script at its installation or is native', () => {
    for (const [path, { bin, hasInstallScript }] of installed) {
      expect({ path, node: bin?.['node'], hasInstallScript }).toEqual({ path });
      const native = [...filesOf(join(ROOT, path))].filter((file) => file.endsWith('.node'));
      expect(native).toEqual([]);
    }
    const { dependencies, optionalDependencies } = json('package.json');
    expect(Object.keys(dependencies).filter((name) => /^node-/.test(name))).toEqual([]);
    expect(optionalDependencies).toBeUndefined();
  });

  test('the package and its dependencies take less than 45 MB', () => {
    const ours = sizeOf(packedFiles().map((path) => join(ROOT, path)));
    const theirs = installed
      .filter(([path]) => existsSync(join(ROOT, path)))
      .reduce((sum, [path]) => sum + sizeOf(filesOf(join(ROOT, path))), 0);
    expect(theirs).toBeGreaterThan(1_000_000);
    expect(ours + theirs).toBeLessThan(MOST_BYTES);
  }, 60_000);

  test('the built files import nothing but dependencies, and local mode is not packed', () => {
    const { dependencies } = json('package.json') as { dependencies: Record<string, string> };
    const files = packedFiles();
    expect(files.filter((path) => path.startsWith('dist/local/'))).toEqual([]);
    const missing = files
      .filter((path) => /^dist\/(src|sandbox|client)\/.*\.(js|d\.ts)$/.test(path))
      .flatMap((path) => {
        const text = readFileSync(join(ROOT, path), 'utf8');
        const names = [...text.matchAll(/^(?:import|export)\b.*? from ['"]([^.'"][^'"]*)['"]/gm)];
        return names.map(([, name = '']) => `${path}: ${name}`);
      })
      .filter((line) => {
        const name = line.split(': ')[1] ?? '';
        return !name.startsWith('node:') && dependencies[name] === undefined;
      });
    expect(missing).toEqual([]);
  }, 60_000);

  test('source maps hold their sources', () => {
    const maps = packedFiles().filter((path) => path.endsWith('.map'));
    expect(maps.length).toBeGreaterThan(0);
    for (const map of maps) {
      const { sources, sourcesContent } = json(map);
      expect(sourcesContent).toHaveLength(sources.length);
    }
  }, 60_000);
});
