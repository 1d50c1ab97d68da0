// Reads the values of a table of settings from an environment.

import type { Environment } from '../environment.js';
import type { Problems } from './problems.js';
import type { Setting, SettingTable, ValuesOf } from './setting.js';

/** The text that is set, or null. An empty value counts as unset, as in an .env file. */
const textIn = (environment: Environment, { variable }: Setting): string | null =>
  environment[variable]?.trim() || null;

/** The value of a setting: null when it is unset, undefined when it has a problem. */
export function readSetting<Value>(
  setting: Setting<Value>,
  environment: Environment,
  problems: Problems,
): Value | null | undefined {
  const given = textIn(environment, setting) ?? setting.fallback;
  if (given === undefined) return null;
  const result = setting.reads.safeParse(given);
  for (const { message } of result.error?.issues ?? []) problems.add(setting, message);
  return result.data;
}

/**
 * The values of a table. One that has a problem is missing from the result, so call
 * `problems.throwIfAny()` before you rely on all of them.
 */
export function readSettings<Table extends SettingTable>(
  table: Table,
  environment: Environment,
  problems: Problems,
  production: boolean,
): Partial<ValuesOf<Table>> {
  const values = Object.entries(table).map(([name, setting]) => {
    const isRequired = setting.required === true || (setting.required !== undefined && production);
    const value = readSetting(setting, environment, problems);
    const isMissing =
      isRequired && (value === null || (Array.isArray(value) && value.length === 0));
    if (isMissing) problems.addMissing(setting);
    return [name, isMissing ? undefined : value];
  });
  return Object.fromEntries(values);
}
