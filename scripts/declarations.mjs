// Removes the declarations of files that no export of the package leads to.

import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * @param {string} dist the build
 * @param {readonly string[]} entries the declarations of the exports, relative to `dist`
 */
export function keepDeclarations(dist, entries) {
  const kept = new Set();
  const queue = entries.map((entry) => join(dist, entry));
  for (let file = queue.pop(); file !== undefined; file = queue.pop()) {
    // A build without declarations has none to keep.
    if (kept.has(file) || !existsSync(file)) continue;
    kept.add(file);
    const text = readFileSync(file, 'utf8');
    for (const [, path] of text.matchAll(/(?:from |import\(|import )["'](\.[^"']+)\.js["']/g)) {
      queue.push(join(dirname(file), `${path}.d.ts`));
    }
  }
  for (const entry of readdirSync(dist, { withFileTypes: true, recursive: true })) {
    const file = join(entry.parentPath, entry.name);
    if (entry.isFile() && entry.name.endsWith('.d.ts') && !kept.has(file)) rmSync(file);
  }
}
