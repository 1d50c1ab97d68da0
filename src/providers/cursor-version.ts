// The version of the event mapping, at the head of every cursor.

import { ProviderError } from '../errors.js';

/**
 * The version of how events are requested and mapped, for all providers. Raise it when an
 * `event.ts` reads another field, or a request for events changes its parameters: no cursor of an
 * older version works then, so every calendar is read in full once, and stored events get the new
 * field.
 */
const EVENT_MAPPING_VERSION = 'v1:';

/**
 * The cursor of a page: null unless it is the last one.
 * @param token the provider's own token or link for the next incremental sync
 * @throws ProviderError `provider_error` when the last page has no token
 */
export function pageCursor(next: string | null, token: string | null): string | null {
  if (next !== null) return null;
  if (token !== null) return EVENT_MAPPING_VERSION + token;
  throw new ProviderError('provider_error', { reason: 'the last page has no cursor' });
}

/**
 * The provider's own token or link in a stored cursor.
 * @throws ProviderError `cursor_expired` for a cursor of another version
 */
export function tokenInCursor(cursor: string): string {
  if (!cursor.startsWith(EVENT_MAPPING_VERSION))
    throw new ProviderError('cursor_expired', { reason: 'the cursor has another version' });
  return cursor.slice(EVENT_MAPPING_VERSION.length);
}
