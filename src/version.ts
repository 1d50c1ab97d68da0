// The version of this build, read from package.json.

import { createRequire } from 'node:module';

/** Looks one and two directories up: sources and build have different depths. */
function readVersion(): string {
  const require = createRequire(import.meta.url);
  for (const path of ['../package.json', '../../package.json'])
    try {
      const { name, version }: { name?: string; version?: string } = require(path);
      if (name === 'calendar-connect' && version !== undefined) return version;
    } catch {} // No package.json at this depth.
  return '0.0.0';
}

/** The version of this build: `1.2.3`. */
export const VERSION = readVersion();
