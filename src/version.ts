// The version of this build, as package.json has it.

import { createRequire } from 'node:module';

/** Found upwards: the sources and the build lie at different depths. */
function readVersion(): string {
  const require = createRequire(import.meta.url);
  for (const path of ['../package.json', '../../package.json'])
    try {
      const { name, version } = require(path) as { name?: string; version?: string };
      if (name === 'calendar-connect' && version !== undefined) return version;
    } catch {}
  return '0.0.0';
}

export const VERSION = readVersion();
