// The environment of this process: its variables, and in local mode those of .env under them.

import { existsSync, readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import type { Environment } from './config.js';

export const isProduction = (environment: Environment): boolean =>
  environment['NODE_ENV'] === 'production';

/** What the process itself was given wins. A file cannot make it production: there no file is read. */
export function readEnvironment(own: Environment): Environment {
  if (isProduction(own) || !existsSync('.env')) return own;
  const { NODE_ENV: _, ...file } = parseEnv(readFileSync('.env', 'utf8'));
  return { ...file, ...own };
}
