/** Creates the state of a new sandbox. */
import type { StoredCalendar } from '../calendars/stored-event.js';
import { newSigningKey } from '../oauth/signing-key.js';
import { defaultSettings } from './settings.js';
import type { Account, Client, ProviderName, Tenant } from './state.js';
import { World } from './world.js';

/** An OAuth client to register. */
export interface ClientOptions {
  provider: ProviderName;
  clientId: string;
  clientSecret: string;
  /** The name of the app on the consent pages. Default: Calendar Connect. */
  name?: string;
  /**
   * Google's project. Revoking a grant at one client revokes those of all clients of the project.
   */
  project?: string;
  redirectUris?: string[];
}

/** The clients of a sandbox, unless others are given. */
const DEFAULT_CLIENTS: readonly ClientOptions[] = [
  {
    provider: 'google',
    clientId: '100000000001-sandbox.apps.googleusercontent.com',
    clientSecret: 'sandbox-google-secret',
  },
  {
    provider: 'microsoft',
    clientId: '0b6f2c1d-5a3e-4d8f-9c7b-1e2a3f4b5c6d',
    clientSecret: 'sandbox-microsoft-secret',
  },
];

/** The given clients, and the default client of each provider without one. */
export function registeredClients(options: readonly ClientOptions[] = []): Client[] {
  const defaults = DEFAULT_CLIENTS.filter(
    (one) => !options.some((given) => given.provider === one.provider),
  );
  return [...options, ...defaults].map((one) => ({
    provider: one.provider,
    clientId: one.clientId,
    name: one.name ?? 'Calendar Connect',
    secret: one.clientSecret,
    project: one.project ?? (one.provider === 'google' ? 'sandbox-project' : one.clientId),
    redirectUris: one.redirectUris ?? [],
  }));
}

/** A new world with accounts but without calendars. */
export function newWorld(
  seed: string,
  accounts: Account[],
  tenants: Tenant[],
  clients: Client[],
  now: () => Date,
): World {
  return new World(
    {
      version: 1,
      seed,
      drawn: 0,
      clockOffsetMs: 0,
      signingKey: newSigningKey(),
      settings: defaultSettings(),
      clients,
      accounts,
      tenants,
      grants: [],
      codes: [],
      refreshTokens: {},
      accessTokens: {},
      channels: [],
      subscriptions: [],
    },
    new Map<string, StoredCalendar>(),
    now,
  );
}
