// The settings of a provider, made of its definition.

import type { ProviderDefinition } from '../providers/provider.js';
import { flag, text, url } from './kinds.js';
import type { Kind, Setting } from './setting.js';

const KINDS: Readonly<Record<ProviderDefinition['variables'][number]['kind'], Kind>> = {
  text,
  url,
  flag,
};

/** The settings of one provider. */
export interface ProviderSettingTable {
  readonly clientId: Setting<string>;
  readonly clientSecret: Setting<string>;
  readonly calendarScope: Setting<string>;
  readonly readScope: Setting<string>;
  /** The provider's own, by their name without prefix: `TOKEN_URL`. */
  readonly own: ReadonlyMap<string, Setting>;
}

/** The full name of a provider's variable. @param name without prefix: `CLIENT_ID` */
export const providerVariable = (providerId: string, name: string): string =>
  `${providerId.toUpperCase()}_${name}`;

/** The settings that follow from a provider's definition. */
export function providerSettings(definition: ProviderDefinition): ProviderSettingTable {
  const named = (name: string) => ({ variable: providerVariable(definition.id, name) });
  const make = `see docs/providers/${definition.id}.md`;
  return {
    clientId: {
      ...named('CLIENT_ID'),
      ...text,
      meaning: `The id of the OAuth client at ${definition.name}.`,
      make,
    },
    clientSecret: {
      ...named('CLIENT_SECRET'),
      ...text,
      meaning: 'The secret of that client: its value, not its id.',
      make,
    },
    calendarScope: {
      ...named('CALENDAR_SCOPE'),
      ...text,
      fallback: definition.calendarScope,
      meaning: 'The calendar scope to read and write. It must be granted.',
    },
    readScope: {
      ...named('READ_SCOPE'),
      ...text,
      fallback: definition.readScope,
      meaning: 'The calendar scope to read only.',
    },
    own: new Map(
      definition.variables.map(({ name, kind, fallback, meaning, form }) => [
        name,
        {
          ...named(name),
          ...KINDS[kind],
          ...(form === undefined ? {} : { reads: text.reads.regex(form.pattern, form) }),
          ...(fallback === null ? {} : { fallback }),
          meaning: `${meaning}.`,
        },
      ]),
    ),
  };
}

/** `databaseUrl` for `DATABASE_URL`. */
export const optionName = (variable: string): string =>
  variable.toLowerCase().replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());

/** The settings of one provider, by the name of their option. */
export function providerOptions(definition: ProviderDefinition): Readonly<Record<string, Setting>> {
  const { clientId, clientSecret, calendarScope, readScope, own } = providerSettings(definition);
  const settings = [clientId, clientSecret, calendarScope, readScope, ...own.values()];
  return Object.fromEntries(settings.map((setting) => [optionName(setting.variable), setting]));
}
