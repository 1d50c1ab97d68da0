// The environment of this process: its variables, and in local mode those of .env under them.

import { existsSync, readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import type { Environment } from './config.js';

export const isProduction = (environment: Environment): boolean => environment['NODE_ENV'] === 'production';

export function readEnvironment(own: Environment): Environment {
  if (isProduction(own) || !existsSync('.env')) return own;
  return { ...parseEnv(readFileSync('.env', 'utf8')), ...own };
}
