// The settings of the library: an object of typed options in place of the environment.

import type { Environment } from './environment.js';
import type { KnownProvider } from './providers/catalogue.js';
import type { ProviderDefinition } from './providers/provider.js';
import type { SettingOptions } from './setting-options.js';
import { closeName } from './settings/misspelt.js';
import { ConfigError } from './settings/problems.js';
import { ALL_SETTINGS } from './settings.js';

/** `clientId` for `CLIENT_ID`. */
type CamelCase<Name extends string> = Name extends `${infer Head}_${infer Tail}`
  ? `${Lowercase<Head>}${Capitalize<CamelCase<Tail>>}`
  : Lowercase<Name>;

/** The variables of one provider, each with the name and the type of its option. */
type OptionsOf<Provider extends ProviderDefinition> = Provider extends ProviderDefinition
  ? NamedOption<Provider['id'], CommonVariable | Provider['variables'][number]>
  : never;
type CommonVariable = {
  readonly name: 'CLIENT_ID' | 'CLIENT_SECRET' | 'CALENDAR_SCOPE';
  readonly kind: 'text';
};
type NamedOption<Id extends string, Variable> = Variable extends {
  readonly name: infer Name extends string;
  readonly kind: infer Kind;
}
  ? { name: `${Id}${Capitalize<CamelCase<Name>>}`; value: Kind extends 'flag' ? boolean : string }
  : never;

/** The options of every provider in the catalogue: `googleClientId`, `microsoftTenant`. */
export type ProviderOptions = {
  readonly [Option in OptionsOf<KnownProvider> as Option['name']]?:
    | Option['value']
    | null
    | undefined;
};

/** The settings of one deployment: typed options, an environment, or both. Options win. */
export interface LibrarySettings extends SettingOptions, ProviderOptions {
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
