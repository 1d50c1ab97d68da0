// calendar-connect as a library: the only file that hosts import.

import type { Router } from 'express';
import type { Logger } from 'pino';
import { loadConfig } from './config.js';
import type {
  ConnectLinkOptions,
  CreatedConnectLink,
  ErasedUser,
  ImportOptions,
  ImportResult,
  LeasedToken,
  LeaseOptions,
  ShownNotification,
} from './host-types.js';
import type { HostCaller } from './http/host-caller.js';
import { type LibrarySettings, toEnvironment } from './library-settings.js';
import { createService } from './service.js';
import { warningsOf } from './settings.js';

export { ERRORS, type ErrorCode, IntegrationError } from './errors.js';
export type {
  ConnectLinkOptions,
  CreatedConnectLink,
  ErasedUser,
  ImportOptions,
  ImportResult,
  LeasedToken,
  LeaseOptions,
  ShownNotification as Notification,
} from './host-types.js';
export type { HostCaller, HostUser } from './http/host-caller.js';
export type { LibrarySettings } from './library-settings.js';
export { ConfigError } from './settings/config-error.js';

/** What a host can provide beside the settings. */
export interface HostOptions {
  /**
   * Identifies the caller of a request, for a host that has its own session. It replaces JWTs: no
   * JWT settings are then needed.
   */
  readonly authenticate?: HostCaller;
  /** Whether a user who returns from a provider may still connect an account. Default: always. */
  readonly isUserActive?: (userId: string) => Promise<boolean> | boolean;
  /**
   * Called for each notification in one of the worker processes, at least once, and again later
   * when it throws (docs/notifications.md).
   */
  readonly onNotification?: (notification: ShownNotification) => Promise<void> | void;
  /** Receives the log lines. Default: a logger that writes JSON to standard output. */
  readonly logger?: Logger;
}

/** Everything that {@link createIntegrations} accepts. */
export type IntegrationOptions = LibrarySettings & HostOptions;

/** The integrations of one deployment. */
export interface Integrations {
  /**
   * For `app.use('/integrations', router)`. It answers `temporarily_unavailable` until `start` has
   * resolved.
   */
  readonly router: Router;
  /** Optional: `/healthz`, `/readyz`, `/metrics`, `/openapi.json` and `/docs`. */
  readonly operations: Router;
  /**
   * Migrates the database, connects the stores and, depending on `role`, starts the worker.
   * @throws when PostgreSQL cannot be reached
   */
  start(): Promise<void>;
  /**
   * Makes a connect link: with it, someone who is not signed in connects a calendar for one user,
   * once. @throws IntegrationError `unsupported_provider`, `provider_not_configured`,
   * `return_to_not_allowed`, `account_not_found`
   */
  createConnectLink(options: ConnectLinkOptions): Promise<CreatedConnectLink>;
  /**
   * Erases a user: disconnects every account and deletes all that is kept of the user. The audit
   * trail keeps a pseudonym. @throws when a store is unavailable; it can then be done again
   */
  eraseUser(userId: string): Promise<ErasedUser>;
  /**
   * Takes over accounts that another product keeps: each refresh token is tried at its provider,
   * four at a time, and becomes an account of its user. A failure is part of the results, which
   * have the order of `accounts`.
   */
  importAccounts(accounts: readonly ImportOptions[]): Promise<ImportResult[]>;
  /**
   * A live access token of an account, for calls of your own to its provider. It is refreshed first
   * when less than `minimumSeconds` (300; 1 to 1800) is left. Do not keep it: ask again.
   * ACCESS_TOKEN_LEASE is not needed.
   * @throws IntegrationError `account_not_found`, `reauthorization_required`, `invalid_request`,
   * and the failures of a refresh
   */
  accessToken(accountId: string, options?: LeaseOptions): Promise<LeasedToken>;
  /** Lets running work finish for up to ten seconds, then closes everything in reverse order. */
  stop(): Promise<void>;
}

/**
 * Creates the integrations of one deployment. Nothing is opened before `start`. One process can
 * have several.
 *
 * @param options the settings as typed options (`databaseUrl` for `DATABASE_URL`), as an
 *   `environment`, or both, and what {@link HostOptions} lists
 * @throws ConfigError with every problem of the settings
 * @example
 * ```ts
 * import { env } from 'node:process';
 *
 * const integrations = createIntegrations({
 *   databaseUrl: env.DATABASE_URL,
 *   sessionSecret: env.SESSION_SECRET,
 *   tokenEncryptionKeys: env.TOKEN_ENCRYPTION_KEYS,
 *   oauthRedirectBaseUrl: 'https://app.example.com',
 *   frontendBaseUrl: 'https://app.example.com',
 *   googleClientId: env.GOOGLE_CLIENT_ID,
 *   googleClientSecret: env.GOOGLE_CLIENT_SECRET,
 *   authenticate: (request) => currentUser(request),
 * });
 * app.use('/integrations', integrations.router);
 * await integrations.start();
 * ```
 * @example With the settings of the environment:
 * ```ts
 * createIntegrations({ environment: env, logLevel: 'warn' });
 * ```
 */
export function createIntegrations(options: IntegrationOptions): Integrations {
  const { authenticate, isUserActive, onNotification, logger, ...settings } = options;
  const environment = toEnvironment(settings);
  const config = loadConfig(environment, { ownCaller: authenticate !== undefined });
  const service = createService(config, {
    hostCaller: authenticate ?? null,
    isUserActive,
    onNotification,
    logger,
  });
  for (const warning of warningsOf(environment)) service.logger.warn(warning);
  return service;
}
