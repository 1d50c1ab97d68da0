// Where the router of /integrations is: the path that the settings say, and where requests find it.

import type { Request, RequestHandler } from 'express';
import type { Logger } from 'pino';

const OWN_PATH = '/integrations';

/** The path of the router as browsers see it: `/api/integrations` for `https://host/api`. */
export function mountPathOf(publicUrl: string): string {
  return basePathOf(publicUrl) + OWN_PATH;
}

/** The path in front of `/integrations`; empty where the public URL is an origin. */
export function basePathOf(publicUrl: string): string {
  return new URL(publicUrl).pathname.replace(/\/+$/, '');
}

/** The address of a path below the router, as browsers see it. @param path `/connect/…` */
export function addressOf(publicUrl: string, path: string): string {
  return `${new URL(publicUrl).origin}${mountPathOf(publicUrl)}${path}`;
}

/** A router that is not where the settings say, as `/readyz` shows it. */
export interface MountProblem {
  readonly expected: string;
  readonly actual: string;
  readonly message: string;
}

/**
 * Compares where requests find the router with OAUTH_REDIRECT_BASE_URL. A wrong path is otherwise
 * found out only after consent, when the provider sends the user to an address that does not exist.
 */
export class Mount {
  private readonly expected: string;
  private found: MountProblem | null = null;

  constructor(
    private readonly publicUrl: string,
    private readonly logger: Logger,
  ) {
    this.expected = mountPathOf(publicUrl);
  }

  /** The first request that found the router elsewhere; null where there was none. */
  get problem(): MountProblem | null {
    return this.found;
  }

  /** Logs one warning when a request finds the router elsewhere. */
  readonly check: RequestHandler = (request, _response, next) => {
    if (this.found === null && !this.isExpected(request.baseUrl)) {
      this.found = this.problemAt(request.baseUrl);
      const { message, expected, actual } = this.found;
      this.logger.warn({ expected, actual }, message);
    }
    next();
  };

  /**
   * The path for links that this request's client can follow. It is where the request found the
   * router, unless a proxy in front may have removed the first part of the path.
   */
  pathFor({ baseUrl }: Pick<Request, 'baseUrl'>): string {
    return this.expected.endsWith(baseUrl) ? this.expected : baseUrl;
  }

  /** Hosts route without regard to case by default. */
  private isExpected(path: string): boolean {
    return path.toLowerCase() === this.expected.toLowerCase();
  }

  private problemAt(actual: string): MountProblem {
    const { expected } = this;
    const { origin } = new URL(this.publicUrl);
    const setting = actual.endsWith(OWN_PATH)
      ? `, or set OAUTH_REDIRECT_BASE_URL to ${origin}${actual.slice(0, -OWN_PATH.length)}`
      : '';
    const message =
      `The router is mounted at ${actual || '/'}, but OAUTH_REDIRECT_BASE_URL ` +
      `(${this.publicUrl}) says ${expected}: providers send users back to ` +
      `${origin}${expected}/auth/…/callback. Mount the router at ${expected}${setting}. ` +
      'Ignore this only if a proxy in front changes the path.';
    return { expected, actual: actual || '/', message };
  }
}
