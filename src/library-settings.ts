// The settings of the library: an object of typed options in place of the environment.

import type { Environment } from './environment.js';
import type { SettingOptions } from './setting-options.js';
import { ConfigError } from './settings/config-error.js';
import { closeName } from './settings/misspelt.js';
import { ALL_SETTINGS } from './settings.js';

/** The settings of one deployment: typed options, an environment, or both. Options win. */
export interface LibrarySettings extends SettingOptions {
  /** Variables by their own names, for example those of the process. Unknown names are ignored. */
  readonly environment?: Environment;
}

/** `SYNC_PAST_DAYS`, `npm_config_cache`: the name of a variable, not of an option. */
const isVariableName = (name: string): boolean => name.includes('_') || name === name.toUpperCase();

function textOf(value: unknown): string | undefined {
  if (value === null || value === undefined) return undefined;
  return Array.isArray(value) ? value.join(',') : String(value);
}

/**
 * The same settings as an environment. Hosts without types may also spread an environment into the
 * options, so a name in capitals is read as a variable.
 * @throws ConfigError for an unknown option: a misspelt name must not silently mean the default
 */
export function toEnvironment({ environment = {}, ...options }: LibrarySettings): Environment {
  const result: Record<string, string | undefined> = { ...environment };
  const unknown: string[] = [];
  for (const [name, value] of Object.entries(options)) {
    const setting = Object.hasOwn(ALL_SETTINGS, name) ? ALL_SETTINGS[name] : undefined;
    const text = textOf(value);
    if (setting === undefined && !isVariableName(name)) unknown.push(name);
    else if (text !== undefined) result[setting?.variable ?? name] = text;
  }
  if (unknown.length > 0)
    throw new ConfigError(
      unknown.map((name) => {
        const meant = closeName(name, Object.keys(ALL_SETTINGS));
        const hint = meant === undefined ? '' : ` Did you mean ${meant}?`;
        return `${name} is not a setting.${hint} docs/configuration.md lists all of them.`;
      }),
    );
  return result;
}
