// Where the visitor of a connect link ends: at the frontend where the link says so, else on our
// page.

import type { Response } from 'express';
import type { ErrorCode } from '../../errors.js';
import type { ProviderId } from '../../vocabulary.js';
import { addressOf } from '../mount.js';
import type { HttpServices } from '../services.js';
import { DONE_COOKIE } from './link-page.js';

/** How long the page after a success can be shown, in seconds. */
const DONE_SECONDS = 600;

type Needs = Pick<HttpServices, 'publicUrl' | 'frontend' | 'cookies'>;

/** The address after a success. */
export function linkSuccess(
  { publicUrl, frontend, cookies }: Needs,
  response: Response,
  provider: ProviderId,
  accountId: string,
  returnTo: string | null,
): string {
  if (returnTo !== null) return frontend.success(provider, accountId, returnTo);
  cookies.set(response, DONE_COOKIE, provider, DONE_SECONDS);
  return pageUrl(publicUrl, 'done', { status: 'success', provider, accountId });
}

/**
 * The address after a failure: the page of the link again, so that its visitor can try again.
 * @param token of the link
 */
export function linkFailure(
  { publicUrl, frontend }: Needs,
  code: ErrorCode,
  provider: ProviderId | null,
  { token, returnTo }: { readonly token: string; readonly returnTo: string | null },
): string {
  // The two are one to the visitor: what was begun here cannot be completed any more.
  const shown = code === 'connect_link_ended' ? 'invalid_state' : code;
  if (returnTo !== null) return frontend.error(shown, provider, returnTo);
  const error = frontend.carries(shown) ? shown : 'server_error';
  return pageUrl(publicUrl, token, {
    status: 'error',
    ...(provider === null || shown === 'invalid_state' ? {} : { provider }),
    error,
  });
}

function pageUrl(publicUrl: string, page: string, query: Record<string, string>): string {
  return addressOf(publicUrl, `/connect/${page}?${new URLSearchParams(query)}`);
}
