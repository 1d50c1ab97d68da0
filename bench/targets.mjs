// The targets of the benchmark: how each is started, and how its user starts, completes and lists
// connections.

import { createHmac, randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const JWT_SECRET = randomBytes(32).toString('hex');

function jwt(userId) {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const exp = Math.floor(Date.now() / 1_000) + 3_600;
  const text = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ sub: userId, exp })}`;
  return `${text}.${createHmac('sha256', JWT_SECRET).update(text).digest('base64url')}`;
}

/** @param stores `{ databaseUrl, redisUrl, providerUrl, frontend }` */
export function targets({ databaseUrl, redisUrl, providerUrl, frontend }) {
  return {
    tutorial: {
      command: [`${root}bench/tutorial.mjs`],
      environment: {
        PROVIDER_URL: providerUrl,
        DATABASE_URL: databaseUrl,
        REDIS_URL: redisUrl,
        FRONTEND: frontend,
      },
      signIn: (browser) => browser.send('POST', `/login?user=${browser.userId}`),
      start: { path: '/auth/google', status: 302, url: ({ headers }) => headers.location },
      callback: '/auth/google/callback',
      list: '/accounts',
    },
    ours: {
      command: [`${root}dist/src/main.js`],
      environment: {
        NODE_ENV: 'production',
        ROLE: 'web',
        HOST: '127.0.0.1',
        LOG_LEVEL: 'warn',
        DATABASE_URL: databaseUrl,
        REDIS_URL: redisUrl,
        JWT_SECRET,
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
        RATE_LIMIT_START: '0',
        RATE_LIMIT_CALLBACK: '0',
        RATE_LIMIT_READ: '0',
      },
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
    },
  };
}
