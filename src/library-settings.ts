// Settings given as an object instead of an environment: the same names, in camelCase if you like.

import { ConfigError, type Environment } from './config.js';
import { SETTINGS } from './settings.js';

type Value = string | number | boolean | readonly string[] | null | undefined;

/** `databaseUrl` for DATABASE_URL, and so on for every variable of `.env.example`; lists may be arrays. */
export type LibrarySettings = { readonly [name: string]: unknown };

const toVariable = (name: string): string =>
  /^[A-Z\d_]+$/.test(name) ? name : name.replace(/(?<=[a-z\d])(?=[A-Z])/g, '_').toUpperCase();

/** @throws ConfigError for a camelCase name that is no setting: a typing error must not silently mean the default */
export function toEnvironment(settings: LibrarySettings): Environment {
  const known = new Set(SETTINGS.map(({ name }) => name));
  const environment: Record<string, string> = {};
  const problems: string[] = [];
  for (const [name, value] of Object.entries(settings) as [string, Value][]) {
    const variable = toVariable(name);
    if (!known.has(variable)) {
      // An environment given whole holds much that is not ours.
      if (variable !== name)
        problems.push(`${name} is no setting; docs/configuration.md lists them.`);
      continue;
    }
    if (value !== null && value !== undefined)
      environment[variable] = Array.isArray(value) ? value.join(',') : String(value);
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return environment;
}
