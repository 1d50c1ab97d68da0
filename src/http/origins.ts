// The origins whose pages may call this service. Requests of other origins are refused by name.

import type { Request, RequestHandler } from 'express';
import type { Logger } from 'pino';
import { IntegrationError } from '../errors.js';

/** How many origins the log names. Anyone can send any origin. */
const MOST_LOGGED = 100;
/** Longer than the origin of any real page. */
const LONGEST_LOGGED = 200;

/** Knows the allowed origins, and refuses requests that name another one in `Origin`. */
export class Origins {
  /** The allowed origins, with that of this service. */
  readonly all: ReadonlySet<string>;
  private readonly logged = new Set<string>();

  /** @param publicUrl its origin is that of this service's own page, which may always call */
  constructor(
    allowed: ReadonlySet<string>,
    publicUrl: string,
    private readonly logger: Logger,
  ) {
    this.all = new Set([...allowed, new URL(publicUrl).origin]);
  }

  /** Refuses a preflight. @throws IntegrationError `origin_not_allowed` */
  readonly refuseForeignPreflight: RequestHandler = (request, _response, next) => {
    const isPreflight =
      request.method === 'OPTIONS' && request.get('access-control-request-method') !== undefined;
    if (isPreflight) this.requireAllowed(request);
    next();
  };

  /** Refuses a request from a page. @throws IntegrationError `origin_not_allowed` */
  readonly refuseForeign: RequestHandler = (request, _response, next) => {
    this.requireAllowed(request);
    next();
  };

  private requireAllowed(request: Request): void {
    const origin = request.get('origin');
    if (origin === undefined || this.all.has(origin)) return;
    this.logOnce(origin.slice(0, LONGEST_LOGGED));
    throw new IntegrationError('origin_not_allowed', { reason: 'foreign Origin' });
  }

  private logOnce(origin: string): void {
    if (this.logged.has(origin) || this.logged.size >= MOST_LOGGED) return;
    this.logged.add(origin);
    this.logger.warn(
      { origin, variable: 'FRONTEND_ORIGINS', allowed: [...this.all] },
      `Requests from pages of the origin ${JSON.stringify(origin)} are refused. ` +
        'If it is a frontend of yours, add it to FRONTEND_ORIGINS.',
    );
  }
}
