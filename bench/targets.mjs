// The targets of the benchmark: how each is started, and how its user starts, completes and lists
// connections.

import { createHmac, randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const JWT_SECRET = randomBytes(32).toString('hex');
const [ISSUER, AUDIENCE] = ['bench', 'integrations'];

function jwt(userId, roles = []) {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const exp = Math.floor(Date.now() / 1_000) + 3_600;
  const text = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ sub: userId, iss: ISSUER, aud: AUDIENCE, exp, roles })}`;
  return `${text}.${createHmac('sha256', JWT_SECRET).update(text).digest('base64url')}`;
}

/** From now on a browser acts as this user of the service. */
export function signIn(browser, userId, roles = []) {
  browser.headers = { authorization: `Bearer ${jwt(userId, roles)}` };
}

/**
 * The targets by name. They are started in this order: `durable` uses the tables of `ours`.
 * @param stores `{ databaseUrl, redisUrl, providerUrl, frontend }`
 */
export function targets({ databaseUrl, redisUrl, providerUrl, frontend }) {
  const stores = { DATABASE_URL: databaseUrl, REDIS_URL: redisUrl };
  const bearer = {
    signIn: (browser) => {
      browser.headers.authorization = `Bearer ${jwt(browser.userId)}`;
    },
    start: {
      path: '/integrations/oauth-url/google',
      status: 200,
      url: ({ body }) => JSON.parse(body).url,
    },
    callback: '/integrations/auth/google/callback',
    list: '/integrations/accounts',
  };
  return {
    tutorial: {
      command: [`${root}bench/tutorial.mjs`],
      environment: { ...stores, PROVIDER_URL: providerUrl, FRONTEND: frontend },
      signIn: (browser) => browser.send('POST', `/login?user=${browser.userId}`),
      start: { path: '/auth/google', status: 302, url: ({ headers }) => headers.location },
      callback: '/auth/google/callback',
      list: '/accounts',
    },
    ours: {
      ...bearer,
      command: [`${root}dist/src/main.js`],
      environment: { ...stores, ...productionOf({ providerUrl, frontend }) },
    },
    durable: {
      ...bearer,
      command: [`${root}bench/durable.mjs`],
      environment: { ...stores, PROVIDER_URL: providerUrl, FRONTEND: frontend, JWT_SECRET },
    },
  };
}

/** This service in production, with every limit on and far away. */
export function productionOf({ providerUrl, frontend }) {
  return {
    NODE_ENV: 'production',
    ROLE: 'web',
    HOST: '127.0.0.1',
    LOG_LEVEL: 'warn',
    JWT_SECRET,
    JWT_ISSUER: ISSUER,
    JWT_AUDIENCE: AUDIENCE,
    SESSION_SECRET: randomBytes(32).toString('hex'),
    TOKEN_ENCRYPTION_KEYS: `bench:${randomBytes(32).toString('base64')}`,
    OAUTH_REDIRECT_BASE_URL: 'http://127.0.0.1:{port}',
    FRONTEND_BASE_URL: frontend,
    GOOGLE_CLIENT_ID: 'client-id',
    GOOGLE_CLIENT_SECRET: 'client-secret',
    GOOGLE_AUTHORIZATION_URL: `${providerUrl}/authorize`,
    GOOGLE_TOKEN_URL: `${providerUrl}/token`,
    GOOGLE_USERINFO_URL: `${providerUrl}/userinfo`,
    GOOGLE_REVOCATION_URL: `${providerUrl}/revoke`,
    GOOGLE_CALENDAR_API_URL: `${providerUrl}/calendar`,
    RATE_LIMIT_START: '1000000000',
    RATE_LIMIT_CALLBACK: '1000000000',
    RATE_LIMIT_READ: '1000000000',
  };
}
