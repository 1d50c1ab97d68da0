// The environment of this process: its variables and, in local mode, those of the file .env.

import { existsSync, readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';

/** Variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Whether nothing may be embedded. Any other environment means local mode. */
export const isProduction = (environment: Environment): boolean =>
  environment['NODE_ENV'] === 'production';

/**
 * Adds the variables of .env to `own`, which wins. Production reads no file, and a file cannot turn
 * production on.
 */
export function readEnvironment(own: Environment): Environment {
  if (isProduction(own) || !existsSync('.env')) return own;
  const { NODE_ENV: _, ...file } = parseEnv(readFileSync('.env', 'utf8'));
  return { ...file, ...own };
}
