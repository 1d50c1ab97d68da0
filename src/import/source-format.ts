// How the tables of other products become imports. A format is a list of where each field can stand.

import { createHash } from 'node:crypto';
import type { ImportOptions } from '../host-types.js';
import { providerNamed } from '../providers/catalogue.js';

/** The formats that can be read. `own` has the names of this API. */
export const FORMATS = ['own', 'nango', 'better-auth', 'authjs'] as const;
export type Format = (typeof FORMATS)[number];

/** A line of a file: an object with any fields. */
export type Fields = Readonly<Record<string, unknown>>;

/** A line that can be imported, or why it cannot. */
export type Mapped =
  | { readonly account: ImportOptions; readonly key: string }
  | { readonly skipped: 'other_provider' | 'no_refresh_token' | 'no_user' };

/** Where a field can stand, as paths: the first that has a text counts. */
interface Places {
  readonly userId: readonly string[];
  readonly provider: readonly string[];
  readonly refreshToken: readonly string[];
  readonly scopes: readonly string[];
}

const PLACES: Readonly<Record<Format, Places>> = {
  own: {
    userId: ['userId'],
    provider: ['provider'],
    refreshToken: ['refreshToken'],
    scopes: ['scopes'],
  },
  // A connection, as its API and its export have it.
  nango: {
    userId: ['end_user.id', 'tags.end_user_id', 'end_user_id', 'connection_id'],
    provider: ['provider', 'provider_config_key'],
    refreshToken: ['credentials.refresh_token', 'credentials.raw.refresh_token', 'refresh_token'],
    scopes: ['credentials.raw.scope', 'scope'],
  },
  // The table `account`, in camel case or, with some adapters, in snake case.
  'better-auth': {
    userId: ['userId', 'user_id'],
    provider: ['providerId', 'provider_id'],
    refreshToken: ['refreshToken', 'refresh_token'],
    scopes: ['scope'],
  },
  // The table `accounts`: its columns are those of OAuth.
  authjs: {
    userId: ['userId', 'user_id'],
    provider: ['provider'],
    refreshToken: ['refresh_token', 'refreshToken'],
    scopes: ['scope'],
  },
};

/** A line of a file as an import. Lines of other providers are passed over. */
export function mapLine(format: Format, fields: Fields): Mapped {
  const places = PLACES[format];
  const text = (paths: readonly string[]) =>
    paths.map((path) => textAt(fields, path)).find((found) => found !== null) ?? null;
  const name = text(places.provider);
  const provider = name === null ? null : providerNamed(name);
  if (provider === null) return { skipped: 'other_provider' };
  const userId = text(places.userId);
  if (userId === null) return { skipped: 'no_user' };
  const refreshToken = text(places.refreshToken);
  if (refreshToken === null) return { skipped: 'no_refresh_token' };
  const scopes = scopesOf(places.scopes.map((path) => valueAt(fields, path)));
  const account = { userId, provider, refreshToken, ...(scopes === null ? {} : { scopes }) };
  return { account, key: keyOf(account) };
}

/** Names an import in the report, without its token. */
function keyOf({ userId, provider, refreshToken }: ImportOptions): string {
  const text = JSON.stringify([userId, provider, refreshToken]);
  return createHash('sha256').update(text).digest('base64url').slice(0, 22);
}

function scopesOf(values: readonly unknown[]): readonly string[] | null {
  const value = values.find((one) => Array.isArray(one) || (typeof one === 'string' && one !== ''));
  if (value === undefined) return null;
  // Some products separate them by commas.
  const list = Array.isArray(value) ? value.map(String) : String(value).split(/[\s,]+/);
  return list.filter((scope) => scope !== '');
}

function textAt(fields: Fields, path: string): string | null {
  const value = valueAt(fields, path);
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value !== '' ? value : null;
}

/** The value at a path. A column of CSV can hold JSON. */
function valueAt(fields: Fields, path: string): unknown {
  let value: unknown = fields;
  for (const name of path.split('.')) {
    if (typeof value === 'string' && value.startsWith('{')) value = parsed(value);
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name))
      return undefined;
    value = (value as Fields)[name];
  }
  return value;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
