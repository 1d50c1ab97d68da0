/**
 * Lets plain Node run the TypeScript sources, compiled as Jest compiles them: for `npm run dev`,
 * for programs that tests start with `node --import`, and for Jest's global setup. Unlike every
 * other file it acts on import, because `--import` requires that. It checks no types.
 */
import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';
import { transformSync } from '@swc/core';
import jestConfig from '../jest.config.js';

const [, swcOptions] = jestConfig.transform['^.+\\.ts$'];

/** Our sources, not a package's. */
const isSource = (url) =>
  url.startsWith('file:') && url.endsWith('.ts') && !url.includes('/node_modules/');

registerHooks({
  resolve(specifier, context, next) {
    const relative = /^\.{1,2}\/.*\.js$/.test(specifier);
    if (!relative || !context.parentURL || !isSource(context.parentURL))
      return next(specifier, context);
    try {
      return next(specifier.replace(/\.js$/, '.ts'), context);
    } catch {
      return next(specifier, context);
    }
  },
  load(url, context, next) {
    if (!isSource(url)) return next(url, context);
    const filename = fileURLToPath(url);
    const { code } = transformSync(readFileSync(filename, 'utf8'), {
      ...swcOptions,
      filename,
      swcrc: false,
    });
    return { format: 'module', shortCircuit: true, source: code };
  },
});
