// Misspelt variables are reported with the name that was meant, and those of other programs never.

import { describe, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { loadConfig } from '../../src/config.js';
import type { Environment } from '../../src/environment.js';
import { createIntegrations } from '../../src/index.js';
import { type LibrarySettings, toEnvironment } from '../../src/library-settings.js';
import { ConfigError } from '../../src/settings/problems.js';
import { KNOWN_VARIABLES, warningsOf } from '../../src/settings.js';
import { JWT_SECRET, SESSION_SECRET, TOKEN_KEY } from '../support/secrets.js';

const COMPLETE: Environment = {
  NODE_ENV: 'production',
  DATABASE_URL: 'postgres://localhost/x',
  REDIS_URL: 'redis://localhost',
  JWT_SECRET,
  SESSION_SECRET,
  TOKEN_ENCRYPTION_KEYS: `one:${TOKEN_KEY}`,
  OAUTH_REDIRECT_BASE_URL: 'https://calendars.example.com/',
  FRONTEND_BASE_URL: 'https://app.example.com/product/',
  GOOGLE_CLIENT_ID: 'id',
  GOOGLE_CLIENT_SECRET: 'secret',
};

const USUAL = `
PATH HOME USER LOGNAME SHELL TERM LANG LC_ALL LC_CTYPE TZ PWD OLDPWD SHLVL HOSTNAME HOSTTYPE MACHTYPE OSTYPE EDITOR
VISUAL PAGER MAIL DISPLAY COLORTERM TERM_PROGRAM TMPDIR TEMP TMP XDG_DATA_DIRS XDG_DATA_HOME XDG_CONFIG_HOME
XDG_RUNTIME_DIR XDG_SESSION_ID XDG_SESSION_TYPE DBUS_SESSION_BUS_ADDRESS SSH_AUTH_SOCK SSH_CONNECTION SSH_CLIENT
NODE_OPTIONS NODE_PATH NODE_VERSION NODE_DEBUG NODE_EXTRA_CA_CERTS NODE_TLS_REJECT_UNAUTHORIZED NODE NODE_AUTH_TOKEN
YARN_VERSION NPM_TOKEN NPM_CONFIG_LOGLEVEL npm_config_cache npm_config_user_agent npm_lifecycle_event
npm_package_name npm_package_version INIT_CWD COREPACK_HOME PNPM_HOME NVM_DIR CI DEBUG VERBOSE LOGLEVEL LOG_FORMAT
LOG_FILE LOG_DIR LOG_PATH HTTP_PROXY HTTPS_PROXY NO_PROXY http_proxy https_proxy no_proxy ALL_PROXY
PGHOST PGPORT PGUSER PGPASSWORD PGDATABASE PGSSLMODE POSTGRES_USER POSTGRES_PASSWORD POSTGRES_DB POSTGRES_HOST
POSTGRES_URL POSTGRES_PRISMA_URL POSTGRES_URL_NON_POOLING DATABASE_HOST DATABASE_PORT DATABASE_NAME DATABASE_USER
DATABASE_PASSWORD DATABASE_SSL DATABASE_SCHEMA DATABASE_URL_UNPOOLED DB_HOST DB_URL DB_PASSWORD DIRECT_URL
SHADOW_DATABASE_URL MYSQL_DATABASE MONGODB_URI MONGO_URL REDIS_HOST REDIS_PORT REDIS_PASSWORD REDIS_TLS_URL
UPSTASH_REDIS_REST_URL CELERY_BROKER_URL RABBITMQ_URL AMQP_URL KAFKA_BROKERS ELASTICSEARCH_URL
JWT_EXPIRES_IN JWT_PRIVATE_KEY JWT_PUBLIC_KEY SESSION_NAME SESSION_TTL SESSION_MANAGER COOKIE_SECRET AUTH_SECRET
NEXTAUTH_SECRET NEXTAUTH_URL SECRET_KEY SECRET_KEY_BASE ENCRYPTION_KEY API_KEY API_URL BASE_URL APP_URL APP_ENV
FRONTEND_URL BACKEND_URL WEBHOOK_URL WEBHOOK_SECRET CORS_ORIGIN CORS_ORIGINS ALLOWED_ORIGINS
GOOGLE_APPLICATION_CREDENTIALS GOOGLE_CLOUD_PROJECT GOOGLE_API_KEY GOOGLE_MAPS_API_KEY GOOGLE_PROJECT_ID
GOOGLE_ANALYTICS_ID GOOGLE_CALENDAR_ID GOOGLE_CLIENT_ID_IOS GOOGLE_CLIENT_ID_ANDROID GCLOUD_PROJECT GCP_PROJECT
AZURE_CLIENT_ID AZURE_CLIENT_SECRET AZURE_TENANT_ID MICROSOFT_APP_ID MICROSOFT_APP_PASSWORD
GITHUB_CLIENT_ID GITHUB_CLIENT_SECRET GITHUB_TOKEN FACEBOOK_CLIENT_ID SLACK_CLIENT_ID STRIPE_SECRET_KEY
AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_REGION AWS_PROFILE S3_BUCKET
KUBERNETES_SERVICE_HOST KUBERNETES_SERVICE_PORT KUBERNETES_PORT POD_NAME POD_IP DYNO RENDER FLY_APP_NAME
VERCEL VERCEL_ENV VERCEL_URL RAILWAY_ENVIRONMENT HEROKU_APP_NAME SENTRY_DSN SENTRY_ENVIRONMENT
OTEL_EXPORTER_OTLP_ENDPOINT OTEL_SERVICE_NAME DD_ENV DD_SERVICE NEW_RELIC_LICENSE_KEY PROMETHEUS_PORT METRICS_PORT
RATE_LIMIT RATE_LIMIT_MAX RATE_LIMIT_WINDOW_MS SMTP_HOST SMTP_PORT SMTP_USER MAIL_FROM SERVICE_NAME SERVICE_PORT
WEB_CONCURRENCY WORKERS THREADS PORTS ROLES HOSTS DATA TRUST_STORE CLIENT_ID CLIENT_SECRET TOKEN_URL SYNC_INTERVAL
`
  .trim()
  .split(/\s+/);

function messageOf(load: () => unknown): string {
  try {
    load();
    return '';
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
}

describe('a misspelt variable', () => {
  test.each([
    ['GOOGLE_CLIENT_SECERT', 'GOOGLE_CLIENT_SECRET'],
    ['GOOGLE_CLEINT_ID', 'GOOGLE_CLIENT_ID'],
    ['GOOGLE_CLIENTID', 'GOOGLE_CLIENT_ID'],
    ['GOOGLE_OAUTH_CLIENT_ID', 'GOOGLE_CLIENT_ID'],
    ['CLIENT_ID_GOOGLE', 'GOOGLE_CLIENT_ID'],
    ['MICROSFT_CLIENT_SECRET', 'MICROSOFT_CLIENT_SECRET'],
    ['MICROSOFT_TENANT_ID', 'MICROSOFT_TENANT'],
    ['JWT_SECRT', 'JWT_SECRET'],
    ['JWT_JWKS_URI', 'JWT_JWKS_URL'],
    ['JWT_AUDIENC', 'JWT_AUDIENCE'],
    ['SESION_SECRT', 'SESSION_SECRET'],
    ['SESSION_SECRETS', 'SESSION_SECRET'],
    ['TOKEN_ENCRYPTION_KEY', 'TOKEN_ENCRYPTION_KEYS'],
    ['DATABSE_URL', 'DATABASE_URL'],
    ['DATABASE-URL', 'DATABASE_URL'],
    ['database_url', 'DATABASE_URL'],
    ['DATABASE_URI', 'DATABASE_URL'],
    ['REDIS_URI', 'REDIS_URL'],
    ['NODE_EVN', 'NODE_ENV'],
    ['SYNC_PAST_DAY', 'SYNC_PAST_DAYS'],
    ['SYNC_FUTUR_DAYS', 'SYNC_FUTURE_DAYS'],
    ['CALENDAR_CONNECT_JWT_SECRET', 'JWT_SECRET'],
    ['INTEGRATIONS_DATABASE_URL', 'DATABASE_URL'],
    ['FRONTEND_ORIGIN', 'FRONTEND_ORIGINS'],
    ['OAUTH_REDIRECT_URL_BASE', 'OAUTH_REDIRECT_BASE_URL'],
    ['WEBHOOK_BASEURL', 'WEBHOOK_BASE_URL'],
  ])('%s is reported as %s', (given, meant) => {
    const warning = expect.stringMatching(
      new RegExp(`^${given} is not a setting .*did you mean ${meant}\\?$`),
    );
    expect(warningsOf({ [given]: 'a value' })).toEqual([warning]);
    expect(warningsOf({ [given]: 'a value', [meant]: 'another' })).toEqual([]);
  });

  test('every swap of two neighbouring letters of a long name is reported', () => {
    for (const name of KNOWN_VARIABLES.filter(({ length }) => length >= 10))
      for (let at = 0; at + 1 < name.length; at++) {
        const given = `${name.slice(0, at)}${name[at + 1]}${name[at]}${name.slice(at + 2)}`;
        if (given.includes('__') || KNOWN_VARIABLES.includes(given)) continue;
        expect(warningsOf({ [given]: 'x' }).join()).toMatch(/did you mean/);
      }
  });

  test('where the variable that was meant is missing, its problem names the misspelt one', () => {
    const { GOOGLE_CLIENT_SECRET: _, SESSION_SECRET: __, ...rest } = COMPLETE;
    const message = messageOf(() =>
      loadConfig({ ...rest, GOOGLE_CLIENT_SECERT: 'hidden-1', SESSION_SECRET_KEY: 'hidden-2' }),
    );
    expect(message).toMatch(
      /GOOGLE_CLIENT_SECRET is missing .*GOOGLE_CLIENT_SECERT is set: did you mean/,
    );
    expect(message).toMatch(/SESSION_SECRET is missing.*SESSION_SECRET_KEY is set: did you mean/);
    expect(message).not.toContain('hidden');
  });

  test('where no provider is configured, misspelt clients are named', () => {
    const { GOOGLE_CLIENT_ID: _, GOOGLE_CLIENT_SECRET: __, ...rest } = COMPLETE;
    const given = { GOGLE_CLIENT_ID: 'x', MICROSOFT_CLIENTSECRET: 'x' };
    expect(messageOf(() => loadConfig({ ...rest, ...given }))).toMatch(
      /GOGLE_CLIENT_ID is set: did you mean GOOGLE_CLIENT_ID\?.*MICROSOFT_CLIENTSECRET is set/,
    );
  });

  test('the library logs a warning, and names the option that was meant', () => {
    const lines: string[] = [];
    const logger = pino({ level: 'warn' }, { write: (line: string) => void lines.push(line) });
    createIntegrations({ environment: { ...COMPLETE, SYNC_PAST_DAY: '7' }, logger });
    expect(lines.map((line) => JSON.parse(line).msg)).toEqual([
      'SYNC_PAST_DAY is not a setting and has no effect: did you mean SYNC_PAST_DAYS?',
    ]);
    const options = { databaseURl: 'x', googleClientSecert: 'y' } as LibrarySettings;
    expect(messageOf(() => toEnvironment(options))).toMatch(
      /databaseURl is not a setting\. Did you mean databaseUrl\?.*\n.*Did you mean googleClientSecret\?/,
    );
  });
});

describe('variables of other programs', () => {
  const usual = Object.fromEntries(USUAL.map((name) => [name, 'x']));

  test('a usual environment is not reported, whether our variables are set or not', () => {
    expect(warningsOf({ ...usual, ...COMPLETE })).toEqual([]);
    expect(warningsOf(usual)).toEqual([]);
  });

  test('our own variables are not reported, not even alone', () => {
    for (const name of KNOWN_VARIABLES) expect(warningsOf({ [name]: 'x' })).toEqual([]);
  });

  test('an empty variable is not reported', () => {
    expect(warningsOf({ JWT_SECRT: ' ' })).toEqual([]);
  });
});
