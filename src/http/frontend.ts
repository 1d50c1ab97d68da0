// URLs that send the browser back to the frontend, built from parts and never from foreign text.

import { type ErrorCode, IntegrationError, isInRedirect } from '../errors.js';

/** Where the browser goes without `returnTo`. */
const USUAL_PATH = '/integrations';

/** The frontend of this deployment. */
export class Frontend {
  /**
   * @param baseUrl without a trailing slash; may have a path
   * @param returnPaths allowed prefixes of `returnTo`
   */
  constructor(
    private readonly baseUrl: string,
    private readonly returnPaths: readonly string[],
  ) {}

  /**
   * The path in its normal form.
   * @throws IntegrationError `return_to_not_allowed` unless it is under RETURN_PATHS
   */
  checkReturnTo(returnTo: string): string {
    const url = /^\/(?![/\\])[^\\\s]*$/.test(returnTo) ? URL.parse(returnTo, this.baseUrl) : null;
    const allowed =
      url !== null &&
      url.origin === new URL(this.baseUrl).origin &&
      // A frontend that decodes them would see other segments than those compared here.
      !/%(2f|5c|00)/i.test(url.pathname) &&
      this.returnPaths.some(
        (prefix) =>
          url.pathname === prefix ||
          url.pathname.startsWith(prefix.endsWith('/') ? prefix : `${prefix}/`),
      );
    if (!allowed) throw new IntegrationError('return_to_not_allowed');
    return url.pathname + url.search;
  }

  /** The account is connected. */
  success(provider: string, accountId: string, returnTo: string | null): string {
    return this.url(returnTo, { status: 'success', provider, accountId });
  }

  /** The frontend has to complete with the ticket. */
  pending(provider: string, ticket: string, returnTo: string | null): string {
    return this.url(returnTo, { status: 'pending', provider, ticket });
  }

  /** Whether a redirect may carry this code: it is then an outcome of a connection. */
  carries(code: ErrorCode): boolean {
    return isInRedirect(code);
  }

  /**
   * The connection failed. `invalid_state` carries neither provider nor path: neither is proven.
   */
  error(code: ErrorCode, provider: string | null, returnTo: string | null): string {
    if (code === 'invalid_state') return this.url(null, { status: 'error', error: code });
    const error = this.carries(code) ? code : 'server_error';
    return this.url(returnTo, {
      status: 'error',
      ...(provider === null ? {} : { provider }),
      error,
    });
  }

  private url(returnTo: string | null, parameters: Record<string, string>): string {
    const [path = USUAL_PATH, ...query] = (returnTo ?? USUAL_PATH).split('?');
    const search = new URLSearchParams(query.join('?'));
    for (const name of ['status', 'provider', 'accountId', 'ticket', 'error']) search.delete(name);
    for (const [name, value] of Object.entries(parameters)) search.set(name, value);
    return `${this.baseUrl}${path}?${search}`;
  }
}
