// Builds dist/ when it is older than the sources. The new build replaces the old one at once, so
// that a process that starts meanwhile never loads half of it. Without a compiler (a production
// image) an existing build is used unchanged.

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { keepDeclarations } from './declarations.mjs';
import { vendor } from './vendor.mjs';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 20)) {
  console.error(
    `calendar-connect needs Node 22.20 or newer; this is ${process.versions.node}. ` +
      'On Linux `npm ci` installs Node 24 for the npm scripts.',
  );
  process.exit(1);
}

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(root, 'dist');
const stampFile = join(dist, '.stamp');
const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');

if (!existsSync(compiler)) {
  if (existsSync(dist)) process.exit(0);
  console.error(
    'There is no dist/ and no compiler to build it. Run `npm ci && npm run build` on a machine with the ' +
      'development dependencies, and copy dist/.',
  );
  process.exit(1);
}

function* files(path) {
  if (!statSync(path).isDirectory()) return yield path;
  for (const name of readdirSync(path).sort()) yield* files(join(path, name));
}

const hash = createHash('sha256').update(process.versions.node);
for (const source of [
  'src',
  'sandbox',
  'local',
  'client',
  'ormconfig.ts',
  'tsconfig.json',
  'tsconfig.build.json',
  'package.json',
  'package-lock.json',
  'scripts/build.mjs',
  'scripts/declarations.mjs',
  'scripts/vendor.mjs',
])
  for (const file of files(join(root, source)))
    hash.update(file.slice(root.length)).update('\0').update(readFileSync(file));
const stamp = hash.digest('hex');

/** Whether dist/ was built from these sources. */
const isCurrent = () => existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp;

const forced = process.argv.includes('--force');
if (!forced && isCurrent()) process.exit(0);

const fresh = join(root, `dist.${process.pid}`);
const old = join(root, `dist.old.${process.pid}`);
try {
  mkdirSync(fresh, { recursive: true });
  execFileSync(
    process.execPath,
    [compiler, '-p', join(root, 'tsconfig.build.json'), '--outDir', fresh],
    {
      stdio: 'inherit',
      cwd: root,
    },
  );
  // Apart: it runs in browsers too.
  execFileSync(process.execPath, [compiler, '-p', join(root, 'client'), '--outDir', fresh], {
    stdio: 'inherit',
    cwd: root,
  });
  const entries = ['src/index', 'sandbox/index', 'client/client', 'client/elements'];
  keepDeclarations(
    fresh,
    entries.map((entry) => `${entry}.d.ts`),
  );
  if (existsSync(join(root, 'node_modules', 'esbuild'))) await vendor(root, fresh);
  else console.warn('Without esbuild the build needs development dependencies: run `npm ci`.');
  const page = join(root, 'src', 'page', 'assets');
  if (existsSync(page)) cpSync(page, join(fresh, 'src', 'page', 'assets'), { recursive: true });
  writeFileSync(join(fresh, '.stamp'), stamp);
  // Another process may have made the same build meanwhile, and may be loading it: that one stays.
  if (forced || !isCurrent()) {
    if (existsSync(dist)) renameSync(dist, old);
    renameSync(fresh, dist);
  }
} catch (error) {
  // Another process may have swapped in the same build between our two renames.
  if (!isCurrent()) {
    if (!existsSync(dist) && existsSync(old)) renameSync(old, dist);
    if (error.status === undefined) console.error(error.message);
    process.exitCode = 1;
  }
} finally {
  rmSync(fresh, { recursive: true, force: true });
  rmSync(old, { recursive: true, force: true });
}
