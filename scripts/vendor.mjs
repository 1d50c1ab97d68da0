// Copies large dependencies into dist/vendor/, each as one file with the code that is used, so that
// a host that installs the package does not install them. TypeORM alone is 30 MB.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

/** The packages that are copied. They are development dependencies. */
export const VENDORED = [
  'connect-redis',
  'csv-parse',
  'pg-boss',
  'redis',
  'standardwebhooks',
  'typeorm',
  'zod',
  'zod-openapi',
];

/** An import of names: the only kind that is moved. */
const IMPORT = /\bimport \{([^}]*)\} from '([^'.][^']*)'/g;

/** CommonJS code in an ES module needs a `require`. */
const BANNER = `import { createRequire as createRequireOfVendor } from 'node:module';
const require = createRequireOfVendor(import.meta.url);`;

/**
 * Writes `dist/vendor/` and makes the files of `dist` import from it.
 * @param {string} root the repository
 * @param {string} dist the build
 */
export async function vendor(root, dist) {
  const { build } = await import('esbuild');
  const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const folder = join(dist, 'vendor');
  /** The names that are imported, by package. */
  const used = new Map();
  for (const file of javascriptOf(dist)) {
    const text = readFileSync(file, 'utf8');
    const moved = text.replace(IMPORT, (all, names, name) => {
      if (!VENDORED.includes(name)) return all;
      const known = used.get(name) ?? new Set();
      for (const one of names.split(',').filter((part) => part.trim() !== ''))
        known.add(one.trim().split(' as ')[0]);
      used.set(name, known);
      const path = relative(dirname(file), join(folder, `${name}.js`)).replaceAll('\\', '/');
      return `import { ${names.trim()} } from '${path}'`;
    });
    if (moved !== text) writeFileSync(file, moved);
    const left = VENDORED.find((name) => moved.includes(`from '${name}'`));
    if (left !== undefined) throw new Error(`${file}: write \`import { … } from '${left}'\``);
  }
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: Object.fromEntries([...used.keys()].map((name) => [name, `vendored:${name}`])),
    plugins: [entries(root, used)],
    outdir: folder,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node22',
    keepNames: true,
    legalComments: 'none',
    logLevel: 'error',
    metafile: true,
    banner: { js: BANNER },
    external: [...Object.keys(dependencies), ...optionalDrivers(root)],
  });
  writeFileSync(join(folder, 'LICENSES.txt'), licensesOf(root, Object.keys(metafile.inputs)));
}

/** Entry points that export only the names that are used. */
const entries = (root, used) => ({
  name: 'entries',
  setup(build) {
    build.onResolve({ filter: /^vendored:/ }, ({ path }) => ({
      path: path.slice('vendored:'.length),
      namespace: 'vendored',
    }));
    build.onLoad({ filter: /.*/, namespace: 'vendored' }, ({ path }) => ({
      contents: `export { ${[...used.get(path)].sort().join(', ')} } from '${path}';`,
      resolveDir: root,
    }));
  },
});

function* javascriptOf(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true }))
    if (entry.isFile() && entry.name.endsWith('.js')) yield join(entry.parentPath, entry.name);
}

/** The drivers of other databases, which TypeORM loads when asked to. */
function optionalDrivers(root) {
  const { peerDependencies } = JSON.parse(
    readFileSync(join(root, 'node_modules/typeorm/package.json'), 'utf8'),
  );
  const drivers = Object.keys(peerDependencies).filter((name) => !VENDORED.includes(name));
  return [...drivers, 'react-native-sqlite-storage', '@sap/hana-client/*'];
}

/** The licences of every package that a copied file comes from. */
function licensesOf(root, files) {
  const packages = new Set(
    files.flatMap((file) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1] ?? []),
  );
  return [...packages]
    .sort()
    .map((path) => {
      const folder = join(root, path);
      const { name, version, license } = JSON.parse(
        readFileSync(join(folder, 'package.json'), 'utf8'),
      );
      const file = readdirSync(folder).find((one) => /^licen[cs]e/i.test(one));
      const text = file === undefined ? '' : readFileSync(join(folder, file), 'utf8').trim();
      return `${name} ${version} (${license})\n\n${text}\n`;
    })
    .join(`\n${'-'.repeat(80)}\n\n`);
}
