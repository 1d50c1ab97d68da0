// Local mode: each part that is not configured gets a stand-in, and the report names what to set
// for the real one.

import { join } from 'node:path';
import { environmentFor, plays } from '../sandbox/environment.js';
import { loadConfig } from '../src/config.js';
import type { Environment } from '../src/environment.js';
import { PROVIDERS } from '../src/providers/catalogue.js';
import { providerVariable } from '../src/settings/provider-settings.js';
import { startEmbeddedPostgres } from './embedded-postgres.js';
import { generateSecrets, keepSecrets } from './secrets.js';

/** One line of the report at the start. */
export interface Part {
  readonly part: string;
  readonly what: string;
  /** What to set to make it real; null when it is. */
  readonly toMakeReal: string | null;
}

/** The stand-ins that run, and the environment that uses them. */
export interface StandIns {
  /** The environment with every gap filled. */
  readonly environment: Environment;
  readonly parts: readonly Part[];
  readonly demoSignIn: boolean;
  /** Stops what was started, in reverse order. */
  stop(): Promise<void>;
}

type Log = (line: string) => void;

/** The variables that are set, and defaults of local mode. */
type Given = Record<string, string> & { PORT: string; DATA_DIR: string };

/**
 * Where each provider comes from. `off`: it is not configured, and the sandbox does not play it.
 */
type ProviderSources = ReadonlyMap<string, 'real' | 'sandbox' | 'off'>;

/**
 * Starts a stand-in for each part that `environment` leaves out: PostgreSQL, the secrets, and a
 * sandbox for the providers that it plays.
 * @throws ConfigError when `environment` has a wrong value; nothing was started or created then
 */
export async function standIn(environment: Environment, log: Log): Promise<StandIns> {
  const given: Given = { PORT: '3000', DATA_DIR: '.data', ...withoutEmpty(environment) };
  const ownJwt = given['JWT_SECRET'] === undefined && given['JWT_JWKS_URL'] === undefined;
  const publicUrl = given['OAUTH_REDIRECT_BASE_URL'] ?? `http://localhost:${given.PORT}`;
  const origins = {
    OAUTH_REDIRECT_BASE_URL: publicUrl,
    FRONTEND_BASE_URL: given['FRONTEND_BASE_URL'] ?? publicUrl,
  };
  const sources = providerSources(given);
  const played = [...sources.keys()].filter((id) => sources.get(id) === 'sandbox');

  // A wrong value has to be found before a database is created.
  loadConfig({ ...placeholders(played, ownJwt), ...given, ...origins });

  const stops: (() => Promise<void>)[] = [];
  const stop = async () => {
    for (const end of stops.splice(0).reverse())
      await end().catch((error) => log(`stopping: ${(error as Error).message}`));
  };
  try {
    const { JWT_SECRET, ...secrets } = keepSecrets(given.DATA_DIR);
    let databaseUrl = given['DATABASE_URL'];
    if (databaseUrl === undefined) {
      const postgres = await startEmbeddedPostgres({ dataDir: given.DATA_DIR, log });
      stops.push(() => postgres.stop());
      databaseUrl = postgres.url;
    }
    const sandbox = played.length === 0 ? null : await startSandboxFor(played, given, log);
    if (sandbox !== null) stops.push(sandbox.stop);
    return {
      environment: {
        ...secrets,
        ...(ownJwt ? { JWT_SECRET } : {}),
        ...sandbox?.environment,
        ...given,
        ...origins,
        DATABASE_URL: databaseUrl,
      },
      demoSignIn: ownJwt,
      parts: [...storeParts(given), ...providerParts(sources, sandbox?.url), signInPart(ownJwt)],
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/**
 * A provider with one of its two client variables counts as real. The configuration reports the
 * missing one.
 */
function providerSources(given: Given): ProviderSources {
  return new Map(
    [...PROVIDERS.keys()].map((id) => {
      const isConfigured = clientVariables(id).some((name) => given[name] !== undefined);
      return [id, isConfigured ? 'real' : plays(id) ? 'sandbox' : 'off'];
    }),
  );
}

/**
 * Starts a sandbox for the providers `played`.
 * @returns the variables that point the service at it
 */
async function startSandboxFor(played: readonly string[], given: Given, log: Log) {
  const { startSandbox } = await import('../sandbox/index.js');
  const options = { stateFile: join(given.DATA_DIR, 'sandbox', 'state.json'), log };
  // The port is the same at each start, because the cursors of the sandbox's Microsoft are URLs.
  const usual = Number(given.PORT) + 1;
  const sandbox = await startSandbox({ ...options, port: given.PORT === '0' ? 0 : usual }).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EADDRINUSE') throw error;
      log(`port ${usual} is taken; the sandbox takes another`);
      return startSandbox({ ...options, port: 0 });
    },
  );
  const environment: Record<string, string> = {};
  for (const id of played) Object.assign(environment, environmentFor(sandbox, id));
  return { url: sandbox.url, environment, stop: () => sandbox.close() };
}

function storeParts(given: Given): readonly Part[] {
  return [
    given['DATABASE_URL'] === undefined
      ? {
          part: 'database',
          what: `embedded PostgreSQL in ${given.DATA_DIR}`,
          toMakeReal: 'DATABASE_URL',
        }
      : { part: 'database', what: 'PostgreSQL at DATABASE_URL', toMakeReal: null },
    given['REDIS_URL'] === undefined
      ? { part: 'state', what: 'memory of this process', toMakeReal: 'REDIS_URL' }
      : { part: 'state', what: 'Redis at REDIS_URL', toMakeReal: null },
  ];
}

function providerParts(sources: ProviderSources, sandboxUrl: string | undefined): readonly Part[] {
  return [...PROVIDERS.values()].map(({ id, name: part }) => {
    const source = sources.get(id);
    if (source === 'real') return { part, what: 'the real one', toMakeReal: null };
    const toMakeReal = `${clientVariables(id).join(' and ')} (docs/providers/${id}.md)`;
    return source === 'sandbox'
      ? { part, what: `played by the sandbox at ${sandboxUrl}`, toMakeReal }
      : { part, what: 'off: not configured, and not played by the sandbox', toMakeReal };
  });
}

function signInPart(ownJwt: boolean): Part {
  return ownJwt
    ? {
        part: 'sign-in',
        what: 'demo sign-in on the page',
        toMakeReal: 'JWT_SECRET or JWT_JWKS_URL',
      }
    : { part: 'sign-in', what: "your product's JWTs", toMakeReal: null };
}

const clientVariables = (id: string): readonly string[] =>
  ['CLIENT_ID', 'CLIENT_SECRET'].map((name) => providerVariable(id, name));

const withoutEmpty = (environment: Environment): Record<string, string> =>
  Object.fromEntries(
    Object.entries(environment).filter(
      (entry): entry is [string, string] => (entry[1] ?? '').trim() !== '',
    ),
  );

/** Valid values for everything that the stand-ins will provide. */
function placeholders(played: readonly string[], ownJwt: boolean): Environment {
  const clients = played.flatMap(clientVariables).map((name) => [name, 'x'] as const);
  const { JWT_SECRET, ...secrets } = generateSecrets();
  return {
    DATABASE_URL: 'postgres://localhost',
    ...(ownJwt ? { JWT_SECRET } : {}),
    ...secrets,
    ...Object.fromEntries(clients),
  };
}
