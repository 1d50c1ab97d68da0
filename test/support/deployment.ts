/**
 * A deployment for a test: the service on a free port (standalone or mounted), its stores, and the
 * sandbox as provider.
 */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express, { type Express } from 'express';
import session from 'express-session';
import jwt from 'jsonwebtoken';
import pg from 'pg';
import { pino } from 'pino';
import { environmentFor } from '../../sandbox/environment.js';
import { type Sandbox, type SandboxOptions, startSandbox } from '../../sandbox/index.js';
import { loadConfig } from '../../src/config.js';
import type { Environment } from '../../src/environment.js';
import { MAX_HEADER_BYTES } from '../../src/http-server.js';
import { createService, type Service, type ServiceOptions } from '../../src/service.js';
import { createStandalone } from '../../src/standalone.js';
import { Browser } from './browser.js';
import { JWT_SECRET, SESSION_SECRET, TOKEN_KEY } from './secrets.js';
import { createTestDatabase, keyPrefix, type TestDatabase } from './servers.js';

export { JWT_SECRET };
export const FRONTEND = 'http://localhost:5173';

/**
 * How the router is hosted: by the service's own application, or mounted in a host application with
 * its own settings.
 */
export type Host = 'standalone' | 'mounted';

export interface DeploymentOptions {
  readonly host?: Host;
  /** The path of OAUTH_REDIRECT_BASE_URL, with its first slash. Default: none. */
  readonly basePath?: string;
  /** Where a host mounts the router. Default: below `basePath`, as the settings say. */
  readonly mountAt?: string;
  /** True: the service is its own frontend, and shows its page. */
  readonly ownFrontend?: boolean;
  /** Middleware of a host in front of the router. */
  readonly hostMiddleware?: readonly express.RequestHandler[];
  /** True: the providers send notices to this deployment (WEBHOOK_BASE_URL). */
  readonly push?: boolean;
  /** Added to the usual settings; undefined removes one. */
  readonly environment?: Environment;
  readonly service?: ServiceOptions;
  readonly sandbox?: SandboxOptions;
  /** Share another deployment's stores and sandbox: a second process of the same service. */
  readonly beside?: Pick<Deployment, 'sandbox' | 'database' | 'environment' | 'keyPrefix' | 'url'>;
}

export interface Deployment {
  readonly url: string;
  readonly sandbox: Sandbox;
  readonly database: TestDatabase;
  readonly environment: Environment;
  readonly keyPrefix: string;
  readonly service: Service;
  /** Lines of the log, as objects. */
  readonly log: readonly Record<string, unknown>[];
  /** A JWT of `userId`; `claims` add to or replace the usual ones. */
  token(userId: string, claims?: Record<string, unknown>): string;
  /** A browser whose user is signed in at the product: it holds a JWT and its own cookies. */
  browser(userId: string | null, claims?: Record<string, unknown>): Browser;
  /** Runs a statement in the service's database. */
  query(sql: string): Promise<Record<string, unknown>[]>;
  stop(): Promise<void>;
}

export async function deploy(options: DeploymentOptions = {}): Promise<Deployment> {
  const { host = 'standalone', basePath = '', beside } = options;
  const sandbox = beside?.sandbox ?? (await startSandbox(options.sandbox));
  const database = beside?.database ?? (await createTestDatabase());
  const server = createServer({ maxHeaderSize: MAX_HEADER_BYTES });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const environment = usable({
    DATABASE_URL: database.url,
    REDIS_URL: process.env['TEST_REDIS_URL'],
    JWT_SECRET,
    SESSION_SECRET,
    TOKEN_ENCRYPTION_KEYS: `test:${TOKEN_KEY}`,
    OAUTH_REDIRECT_BASE_URL: url + basePath,
    FRONTEND_BASE_URL: options.ownFrontend ? url + basePath : FRONTEND,
    RATE_LIMIT_START: '0',
    RATE_LIMIT_CALLBACK: '0',
    RATE_LIMIT_SYNC: '0',
    RATE_LIMIT_READ: '0',
    RATE_LIMIT_WRITE: '0',
    DATABASE_POOL_SIZE: '6',
    SYNC_CONCURRENCY: '2',
    ...environmentFor(sandbox, 'google'),
    ...environmentFor(sandbox, 'microsoft'),
    ...(options.push ? { WEBHOOK_BASE_URL: url + basePath } : {}),
    ...beside?.environment,
    ...(beside === undefined ? {} : { OAUTH_REDIRECT_BASE_URL: beside.url }),
    ...options.environment,
  });
  const config = loadConfig(environment, { ownCaller: options.service?.hostCaller != null });
  const log: Record<string, unknown>[] = [];
  const logger = pino(
    { level: 'debug' },
    { write: (line: string) => void log.push(JSON.parse(line)) },
  );
  const prefix = beside?.keyPrefix ?? keyPrefix();
  const service = createService(config, { keyPrefix: prefix, logger, ...options.service });
  server.on(
    'request',
    host === 'standalone'
      ? createStandalone(config, service)
      : hostApplication(
          service,
          options.mountAt ?? `${basePath}/integrations`,
          options.hostMiddleware ?? [],
        ),
  );
  await service.start();
  return {
    url,
    sandbox,
    database,
    environment,
    keyPrefix: prefix,
    service,
    log,
    token: signer,
    browser: (userId, claims) => new Browser(url, userId === null ? null : signer(userId, claims)),
    async query(sql) {
      const client = new pg.Client({
        connectionString: database.url,
        options: '-c search_path=integrations',
      });
      await client.connect();
      try {
        return (await client.query(sql)).rows;
      } finally {
        await client.end();
      }
    },
    async stop() {
      await closed(server);
      await service.stop();
      if (beside !== undefined) return;
      await sandbox.close();
      await database.drop();
    },
  };
}

function signer(userId: string, claims: Record<string, unknown> = {}): string {
  const now = Math.floor(Date.now() / 1_000);
  const payload = Object.fromEntries(
    Object.entries({ sub: userId, iat: now, exp: now + 3_600, ...claims }).filter(
      ([, value]) => value !== undefined,
    ),
  );
  return jwt.sign(payload, JWT_SECRET, { algorithm: 'HS256' });
}

function usable(environment: Environment): Environment {
  return Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== undefined));
}

/** A host's application: its own parsers, session, lenient routing, and an error page in HTML. */
function hostApplication(
  service: Service,
  mountAt: string,
  middleware: readonly express.RequestHandler[],
): Express {
  const app = express();
  app.set('query parser', 'extended');
  app.use(express.json(), express.urlencoded({ extended: true }));
  app.use(
    session({ secret: 'of the host', resave: false, saveUninitialized: true, name: 'host.sid' }),
  );
  for (const one of middleware) app.use(one);
  app.use(mountAt, service.router);
  app.use(service.operations);
  app.use(((error, _request, response, _next) => {
    response.status(500).send(`<h1>${String(error)}</h1>`);
  }) as express.ErrorRequestHandler);
  return app;
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
