// calendar-connect as a library: an Express router with what stands behind it.

import type { Router } from 'express';
import type { Logger } from 'pino';
import { loadConfig } from './config.js';
import type { HostCaller } from './http/caller.js';
import { type LibrarySettings, toEnvironment } from './library-settings.js';
import { createService } from './service.js';

export { ConfigError } from './config.js';
export { ERRORS, type ErrorCode, IntegrationError } from './errors.js';
export type { HostCaller } from './http/caller.js';
export type { LibrarySettings } from './library-settings.js';

/** What a host may bring of its own, beside the settings. */
export interface HostOptions {
  /** Who is asking, if not the bearer of a JWT: the host's own session, say. Makes the JWT settings unnecessary. */
  readonly authenticate?: HostCaller;
  /** Whether a user who comes back from a provider may still connect anything. Everyone may, when absent. */
  readonly isUserActive?: (userId: string) => Promise<boolean> | boolean;
  readonly logger?: Logger;
}

export interface Integrations {
  /** For `app.use('/integrations', router)`. Answers `temporarily_unavailable` until `start` has resolved. */
  readonly router: Router;
  /** `/healthz`, `/readyz`, `/metrics`, `/openapi.json` and `/docs`, for a host that wants them. */
  readonly operations: Router;
  /** Migrates, connects the stores and, by role, starts the worker. @throws when PostgreSQL cannot be reached */
  start(): Promise<void>;
  /** Lets what is under way finish for ten seconds, then closes everything that was opened, in reverse. */
  stop(): Promise<void>;
}

/**
 * Builds the integrations of one deployment. Two can live in one process.
 * @param options the environment's variables, in camelCase (`databaseUrl`) or by their own names, and {@link HostOptions}
 * @throws ConfigError with every problem of the settings
 */
export function createIntegrations(options: LibrarySettings & HostOptions): Integrations {
  const { authenticate, isUserActive, logger, ...settings } = options;
  const config = loadConfig(toEnvironment(settings as LibrarySettings), {
    ownCaller: authenticate !== undefined,
  });
  return createService(config, { hostCaller: authenticate ?? null, isUserActive, logger });
}
