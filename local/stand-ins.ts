// Local mode: each part that is not configured gets an embedded stand-in, and the report says how to make it real.

import { join } from 'node:path';
import { loadConfig } from '../src/config.js';
import type { Environment } from '../src/environment.js';
import { PROVIDERS } from '../src/providers/catalogue.js';
import { providerVariable } from '../src/settings/provider-settings.js';
import { startEmbeddedPostgres } from './embedded-postgres.js';
import { keepSecrets } from './secrets.js';

export interface Part {
  readonly part: string;
  readonly what: string;
  /** What to set to make it real; null when it is. */
  readonly toMakeReal: string | null;
}

export interface StandIns {
  /** The environment with every gap filled. */
  readonly environment: Environment;
  readonly parts: readonly Part[];
  readonly demoSignIn: boolean;
  /** Ends what was started, in reverse. */
  stop(): Promise<void>;
}

const isSet = (environment: Environment, name: string): boolean =>
  (environment[name] ?? '').trim() !== '';

/**
 * Starts what `environment` leaves out.
 * @throws ConfigError before anything is started, when what it does say is wrong
 */
export async function standIn(
  environment: Environment,
  log: (line: string) => void,
): Promise<StandIns> {
  const given: Record<string, string> & { PORT: string; DATA_DIR: string } = {
    PORT: '3000',
    DATA_DIR: '.data',
    ...dropEmpty(environment),
  };
  const missing = (name: string) => !isSet(environment, name);
  const ownJwt = missing('JWT_SECRET') && missing('JWT_JWKS_URL');
  const publicUrl = given['OAUTH_REDIRECT_BASE_URL'] ?? `http://localhost:${given.PORT}`;
  const origins = {
    OAUTH_REDIRECT_BASE_URL: publicUrl,
    FRONTEND_BASE_URL: given['FRONTEND_BASE_URL'] ?? publicUrl,
  };
  const played = [...PROVIDERS.keys()].filter(
    (id) =>
      missing(providerVariable(id, 'CLIENT_ID')) && missing(providerVariable(id, 'CLIENT_SECRET')),
  );

  // Everything said is judged before a database is created for nothing.
  loadConfig({
    ...PLACEHOLDERS,
    ...clientPlaceholders(played),
    ...withoutSecretsOf(ownJwt),
    ...given,
    ...origins,
  });

  const stops: (() => Promise<void>)[] = [];
  const stop = async () => {
    for (const end of stops.splice(0).reverse())
      await end().catch((error) => log(`stopping: ${(error as Error).message}`));
  };
  try {
    const secrets = keepSecrets(given.DATA_DIR);
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
        SESSION_SECRET: secrets.SESSION_SECRET,
        TOKEN_ENCRYPTION_KEYS: secrets.TOKEN_ENCRYPTION_KEYS,
        ...(ownJwt ? { JWT_SECRET: secrets.JWT_SECRET } : {}),
        ...sandbox?.environment,
        ...given,
        ...origins,
        DATABASE_URL: databaseUrl,
      },
      demoSignIn: ownJwt,
      parts: [
        missing('DATABASE_URL')
          ? {
              part: 'database',
              what: `embedded PostgreSQL in ${given.DATA_DIR}`,
              toMakeReal: 'DATABASE_URL',
            }
          : { part: 'database', what: 'PostgreSQL at DATABASE_URL', toMakeReal: null },
        missing('REDIS_URL')
          ? { part: 'state', what: 'memory of this process', toMakeReal: 'REDIS_URL' }
          : { part: 'state', what: 'Redis at REDIS_URL', toMakeReal: null },
        ...[...PROVIDERS.values()].map(({ id, name }) =>
          played.includes(id)
            ? {
                part: name,
                what: `played by the sandbox at ${sandbox?.url}`,
                toMakeReal: `${providerVariable(id, 'CLIENT_ID')} and ${providerVariable(id, 'CLIENT_SECRET')} (docs/providers/${id}.md)`,
              }
            : { part: name, what: 'the real one', toMakeReal: null },
        ),
        ownJwt
          ? {
              part: 'sign-in',
              what: 'demo sign-in on the page',
              toMakeReal: 'JWT_SECRET or JWT_JWKS_URL',
            }
          : { part: 'sign-in', what: "your product's JWTs", toMakeReal: null },
      ],
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startSandboxFor(
  played: readonly string[],
  given: Record<string, string>,
  log: (line: string) => void,
) {
  const { startSandbox } = await import('../sandbox/index.js');
  const { environmentFor } = await import('../sandbox/environment.js');
  const options = { stateFile: join(given['DATA_DIR']!, 'sandbox', 'state.json'), log };
  // The same port each time, so that cursors, which are addresses, stay good; another when it is taken.
  const usual = Number(given['PORT']) + 1;
  const sandbox = await startSandbox({ ...options, port: given['PORT'] === '0' ? 0 : usual }).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EADDRINUSE') throw error;
      log(`port ${usual} is taken; the sandbox takes another`);
      return startSandbox({ ...options, port: 0 });
    },
  );
  return {
    url: sandbox.url,
    environment: Object.assign({}, ...played.map((id) => environmentFor(sandbox, id))) as Record<
      string,
      string
    >,
    stop: () => sandbox.close(),
  };
}

const dropEmpty = (environment: Environment): Record<string, string> =>
  Object.fromEntries(
    Object.entries(environment).filter(
      (entry): entry is [string, string] => (entry[1] ?? '').trim() !== '',
    ),
  );

const PLACEHOLDERS = {
  DATABASE_URL: 'postgres://localhost',
  SESSION_SECRET: 'x'.repeat(32),
  TOKEN_ENCRYPTION_KEYS: `local:${Buffer.alloc(32).toString('base64')}`,
};

const clientPlaceholders = (ids: readonly string[]): Environment =>
  Object.fromEntries(
    ids
      .flatMap((id) => [providerVariable(id, 'CLIENT_ID'), providerVariable(id, 'CLIENT_SECRET')])
      .map((name) => [name, 'x']),
  );

const withoutSecretsOf = (ownJwt: boolean): Environment =>
  ownJwt ? { JWT_SECRET: 'x'.repeat(32) } : {};
