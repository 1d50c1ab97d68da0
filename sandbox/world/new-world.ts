/** A world from nothing: clients, people, keys, and their calendars. */
import type { StoredCalendar } from '../calendars/stored-event.js';
import { newSigningKey } from '../oauth/signing-key.js';
import { ordinarySettings } from './settings.js';
import type { Account, Client, ProviderName } from './state.js';
import { World } from './world.js';

/** A registered client, as tests ask for one. The first of a provider is the one the sandbox advertises. */
export interface ClientOptions {
  provider: ProviderName;
  clientId: string;
  clientSecret: string;
  /** What the pages call the app (Calendar Connect). */
  name?: string;
  /** Google's project: revoking at one client ends the grants of all in the project. */
  project?: string;
  redirectUris?: string[];
}

/** The clients every sandbox has, unless others are given. */
const ORDINARY_CLIENTS: readonly ClientOptions[] = [
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

/** The registered clients: those given, and the ordinary one of a provider none was given for. */
export function registeredClients(options: readonly ClientOptions[] = []): Client[] {
  const ordinary = ORDINARY_CLIENTS.filter(
    (one) => !options.some((given) => given.provider === one.provider),
  );
  return [...options, ...ordinary].map((one) => ({
    provider: one.provider,
    clientId: one.clientId,
    name: one.name ?? 'Calendar Connect',
    secret: one.clientSecret,
    project: one.project ?? (one.provider === 'google' ? 'sandbox-project' : one.clientId),
    redirectUris: one.redirectUris ?? [],
  }));
}

/** A new world with people but without calendars. */
export function newWorld(
  seed: string,
  accounts: Account[],
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
      settings: ordinarySettings(),
      clients,
      accounts,
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
