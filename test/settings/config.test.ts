// The configuration: every problem at once, checks between settings, and the options of the
// library.

import { randomBytes } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { loadConfig, loadTokenKeys } from '../../src/config.js';
import type { Environment } from '../../src/environment.js';
import { type LibrarySettings, toEnvironment } from '../../src/library-settings.js';
import { ConfigError } from '../../src/settings/problems.js';
import { JWT_SECRET, SESSION_SECRET, TOKEN_KEY } from '../support/secrets.js';

const KEY = TOKEN_KEY;
const COMPLETE: Environment = {
  DATABASE_URL: 'postgres://localhost/x',
  JWT_SECRET,
  SESSION_SECRET,
  TOKEN_ENCRYPTION_KEYS: `one:${KEY}`,
  OAUTH_REDIRECT_BASE_URL: 'https://calendars.example.com/',
  FRONTEND_BASE_URL: 'https://app.example.com/product/',
  GOOGLE_CLIENT_ID: 'id',
  GOOGLE_CLIENT_SECRET: 'secret',
};

function problemsOf(load: () => unknown): readonly string[] {
  try {
    load();
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

const problemsWith = (changes: Environment) =>
  problemsOf(() => loadConfig({ ...COMPLETE, ...changes }));

describe('the configuration', () => {
  test('the configuration has defaults, and addresses without a slash at their end', () => {
    expect(loadConfig(COMPLETE)).toMatchObject({
      local: true,
      port: 3000,
      host: 'localhost',
      role: 'all',
      redisUrl: null,
      trustProxy: false,
      publicUrl: 'https://calendars.example.com',
      frontendUrl: 'https://app.example.com/product',
      allowedOrigins: new Set(['https://app.example.com']),
      completion: 'browser',
      returnPaths: ['/integrations'],
      webhookUrl: null,
      sync: { pastDays: 30, futureDays: 365, pollMinutes: 10, concurrency: 10 },
      jwt: { algorithms: ['HS256'], userClaim: 'sub' },
    });
  });

  test('production needs Redis and listens on every address', () => {
    expect(problemsWith({ NODE_ENV: 'production' })).toEqual([
      expect.stringMatching(/^REDIS_URL is missing/),
    ]);
    const production = { ...COMPLETE, NODE_ENV: 'production', REDIS_URL: 'redis://localhost' };
    expect(loadConfig(production)).toMatchObject({ local: false, host: null });
  });

  test('an empty value counts as unset', () => {
    expect(problemsWith({ SESSION_SECRET: ' ' })).toEqual([
      expect.stringMatching(/^SESSION_SECRET is missing.*openssl/),
    ]);
    expect(problemsWith({ SESSION_SECRET: ',' })).toEqual([
      expect.stringMatching(/^SESSION_SECRET is missing/),
    ]);
  });

  test('a pair of settings with one missing is reported with the missing name', () => {
    expect(problemsWith({ GOOGLE_CLIENT_SECRET: undefined })).toEqual([
      expect.stringMatching(/^GOOGLE_CLIENT_SECRET is missing \(GOOGLE_CLIENT_ID is set/),
    ]);
  });

  test('the configuration needs the client of at least one provider', () => {
    const without = { GOOGLE_CLIENT_ID: undefined, GOOGLE_CLIENT_SECRET: undefined };
    expect(problemsWith(without)).toEqual([
      expect.stringContaining('at least one provider needs an OAuth client'),
    ]);
  });

  test('the configuration needs exactly one way to verify JWTs, or a host that identifies callers', () => {
    const without = { ...COMPLETE, JWT_SECRET: undefined };
    expect(problemsOf(() => loadConfig(without))).toEqual([
      expect.stringMatching(/^JWT_SECRET is missing.*JWT_JWKS_URL/),
    ]);
    expect(loadConfig(without, { ownCaller: true }).jwt.secret).toBeNull();
    expect(problemsWith({ JWT_JWKS_URL: 'https://id.example.com/keys' })).toEqual([
      expect.stringMatching(/^JWT_SECRET and JWT_JWKS_URL are both set/),
    ]);
  });

  test('service keys are names with hashes, and each key is there once', () => {
    const hash = 'ab'.repeat(32);
    const other = 'cd'.repeat(32);
    for (const wrong of [
      'billing',
      `billing:${hash.slice(1)}`,
      `billing:${hash}0`,
      `billing:${'xy'.repeat(32)}`,
      `:${hash}`,
      `my backend:${hash}`,
      `${'n'.repeat(65)}:${hash}`,
      `billing:cck_${hash.slice(0, 43)}`,
    ])
      expect(problemsWith({ SERVICE_KEYS: wrong })).toEqual([
        expect.stringMatching(/^SERVICE_KEYS must be `name:sha256-hex`/),
      ]);
    expect(problemsWith({ SERVICE_KEYS: `a:${hash},b:${hash.toUpperCase()}` })).toEqual([
      expect.stringMatching(/^SERVICE_KEYS contains the key b twice/),
    ]);
    const { serviceKeys } = loadConfig({ ...COMPLETE, SERVICE_KEYS: `a:${hash}, a:${other}` });
    expect(serviceKeys.map(({ name }) => name)).toEqual(['a', 'a']);
  });

  test('the role of service callers is not the one of admins', () => {
    expect(problemsWith({ JWT_SERVICE_ROLE: 'admin' })).toEqual([
      expect.stringMatching(/^JWT_SERVICE_ROLE must differ from JWT_ADMIN_ROLE/),
    ]);
    expect(problemsWith({ JWT_ADMIN_ROLE: 'service' })).toHaveLength(1);
    expect(problemsWith({ JWT_ADMIN_ROLE: 'service', JWT_SERVICE_ROLE: 'backend' })).toEqual([]);
  });

  test('only the algorithms of the configured kind of key are accepted', () => {
    expect(problemsWith({ JWT_ALGORITHMS: 'HS256,RS256' })).toEqual([
      expect.stringMatching(/^JWT_ALGORITHMS may contain HS256/),
    ]);
    const asymmetric = { JWT_SECRET: undefined, JWT_JWKS_URL: 'https://id.example.com/keys' };
    const usual = loadConfig({ ...COMPLETE, ...asymmetric }).jwt.algorithms;
    expect(usual).toEqual(expect.arrayContaining(['RS256', 'PS384', 'ES512', 'EdDSA', 'Ed25519']));
    expect(usual.filter((algorithm) => /^(HS|none)/i.test(algorithm))).toEqual([]);
    const named = loadConfig({ ...COMPLETE, ...asymmetric, JWT_ALGORITHMS: 'EdDSA,Ed25519' });
    expect(named.jwt.algorithms).toEqual(['EdDSA', 'Ed25519']);
    for (const refused of ['HS256', 'none', 'eddsa', 'ES256K', 'RS1'])
      expect(problemsWith({ ...asymmetric, JWT_ALGORITHMS: refused })).toHaveLength(1);
  });

  test.each([
    ['PORT', '65536', 'must be a whole number from 0 to 65535'],
    ['PORT', '3e3', 'must be a whole number'],
    ['ONE_USER_PER_PROVIDER_ACCOUNT', 'maybe', 'must be true or false'],
    ['OAUTH_REDIRECT_BASE_URL', 'http://calendars.example.com', 'must be https'],
    ['OAUTH_REDIRECT_BASE_URL', 'https://calendars.example.com/x?y=1', 'must not have a query'],
    ['OAUTH_REDIRECT_BASE_URL', 'https://calendars.example.com/a//b', 'single slashes'],
    ['OAUTH_REDIRECT_BASE_URL', 'https://calendars.example.com/:a', 'may have a path only of'],
    ['WEBHOOK_BASE_URL', 'https://calendars.example.com/*', 'may have a path only of'],
    ['FRONTEND_BASE_URL', 'https://user@app.example.com', 'neither credentials'],
    ['FRONTEND_ORIGINS', 'https://a.example.com,http://b.example.com', 'must be origins'],
    ['REDIS_URL', 'http://localhost', 'must begin with redis:// or rediss://'],
    ['DATABASE_URL', 'postgres://h/d?sslmode=verify_full', 'has an unknown sslmode'],
    ['DATABASE_URL', 'postgres://h/d?sslmode=verify-ca', 'sslmode=verify-ca without sslrootcert'],
    ['DATABASE_URL', 'postgres://h/d?sslmode=require&sslrootcert=system', 'needs sslmode=verify'],
    ['DATABASE_URL', 'postgres://h/d?sslmode=verify-full&sslrootcert=/no.pem', 'does not exist'],
    ['RETURN_PATHS', '//evil.example', 'must be path prefixes'],
    ['GOOGLE_TOKEN_URL', 'http://google.example', 'must be https'],
    ['MICROSOFT_TENANT', 'common/v2.0', 'must be common, organizations, consumers'],
    ['MICROSOFT_TENANT', 'Contoso Ltd', 'must be common, organizations, consumers'],
    ['GOOGLE_REVOKE_ON_DISCONNECT', 'perhaps', 'must be true or false'],
    ['TOKEN_ENCRYPTION_KEYS', `one:${KEY},one:${KEY}`, 'names the key one twice'],
    ['TOKEN_ENCRYPTION_KEYS', 'one:c2hvcnQ=', 'must be `id:base64-of-32-bytes`'],
  ])('%s=%s is refused', (name, value, message) => {
    expect(problemsWith({ [name]: value })).toEqual([
      expect.stringMatching(new RegExp(`^${name} `)),
    ]);
    expect(problemsWith({ [name]: value })[0]).toContain(message);
  });

  test('a window longer than a configured provider lists is refused', () => {
    const microsoft = { MICROSOFT_CLIENT_ID: 'id', MICROSOFT_CLIENT_SECRET: 'secret' };
    const window = (past: number, future: number) => ({
      SYNC_PAST_DAYS: String(past),
      SYNC_FUTURE_DAYS: String(future),
    });
    expect(problemsWith({ ...microsoft, ...window(0, 1_824) })).toEqual([]);
    for (const [past, future] of [
      [0, 1_825],
      [30, 3_650],
      [1_000, 1_000],
      [3_650, 1],
    ] as const)
      expect(problemsWith({ ...microsoft, ...window(past, future) })).toEqual([
        expect.stringMatching(
          /^SYNC_PAST_DAYS and SYNC_FUTURE_DAYS make a window of \d+ days .*Microsoft .*1825/,
        ),
      ]);
    expect(problemsWith(window(3_650, 3_650))).toEqual([]); // Google alone has no limit
  });

  const OTHER_KEY = randomBytes(32).toString('base64');
  const SECRET = randomBytes(48).toString('base64');

  test.each([
    [
      { TOKEN_ENCRYPTION_KEYS: `new:${KEY},old:${OTHER_KEY},older:${KEY}` },
      /one key .* new and older/,
    ],
    [
      { JWT_SECRET: SECRET, SESSION_SECRET: SECRET },
      /^JWT_SECRET and SESSION_SECRET have the same/,
    ],
    [
      { JWT_SECRET: SECRET, SESSION_SECRET: `${SESSION_SECRET},${SECRET}` },
      /^JWT_SECRET and SESSION_SECRET have the same/,
    ],
    [{ SESSION_SECRET: KEY }, /^SESSION_SECRET and TOKEN_ENCRYPTION_KEYS have the same/],
    [{ JWT_SECRET: KEY }, /^JWT_SECRET and TOKEN_ENCRYPTION_KEYS have the same/],
  ])('in production, a secret that is given twice stops the start (%#)', (changes, problem) => {
    const production = { NODE_ENV: 'production', REDIS_URL: 'redis://localhost' };
    const distinct = { TOKEN_ENCRYPTION_KEYS: `new:${KEY},old:${OTHER_KEY}` };
    expect(problemsWith({ ...production, ...distinct })).toEqual([]);
    expect(problemsWith({ ...production, ...changes })).toEqual([expect.stringMatching(problem)]);
    expect(problemsWith(changes)).toEqual([]);
    const { TOKEN_ENCRYPTION_KEYS = `new:${KEY}` }: Environment = changes;
    expect(problemsOf(() => loadTokenKeys({ ...production, TOKEN_ENCRYPTION_KEYS }))).toEqual([]);
  });

  test('the program that rotates keys reads only the keys', () => {
    const keys = loadTokenKeys({ TOKEN_ENCRYPTION_KEYS: `two:${KEY}, one:${KEY}` });
    expect(keys.map(({ id }) => id)).toEqual(['two', 'one']);
    expect(problemsOf(() => loadTokenKeys({}))).toHaveLength(1);
  });
});

describe('the options of the library', () => {
  /** As a host without types may call it. */
  const untyped = (options: Record<string, unknown>) => toEnvironment(options as LibrarySettings);

  test('options become variables: lists, numbers and flags as text, null as unset', () => {
    const options: LibrarySettings = {
      databasePoolSize: 5,
      returnPaths: ['/a', '/b'],
      googleRevokeOnDisconnect: false,
      microsoftTenant: 'common',
      redisUrl: null,
      webhookBaseUrl: undefined,
    };
    expect(toEnvironment(options)).toEqual({
      DATABASE_POOL_SIZE: '5',
      RETURN_PATHS: '/a,/b',
      GOOGLE_REVOKE_ON_DISCONNECT: 'false',
      MICROSOFT_TENANT: 'common',
    });
  });

  test('options take precedence over the environment, and unknown variables are ignored', () => {
    const environment = {
      PORT: '1',
      HOST: 'example.com',
      npm_config_cache: '/tmp',
      _: '/bin/node',
    };
    const result = toEnvironment({ environment, port: 2 });
    expect(result).toMatchObject({ PORT: '2', HOST: 'example.com' });
  });

  test('options may have the names of variables at run time', () => {
    expect(untyped({ PORT: '1', PATH: '/bin', npm_config_cache: '/tmp' })).toMatchObject({
      PORT: '1',
    });
  });

  test('options with a misspelt name are refused at run time too', () => {
    expect(problemsOf(() => untyped({ databaseURl: 'x', googleClientID: 'y' }))).toEqual([
      expect.stringMatching(/^databaseURl is not a setting/),
      expect.stringMatching(/^googleClientID is not a setting/),
    ]);
    expect(problemsOf(() => untyped({ constructor: 'x' }))).toHaveLength(1);
  });
});
