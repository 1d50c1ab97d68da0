// The errors of this service itself: a store is unavailable, or there is a bug.

import type { ErrorEntry } from './error-entry.js';

/** Codes of this service itself. */
export const SERVICE_ERRORS = {
  temporarily_unavailable: {
    status: 503,
    title: 'Temporarily unavailable',
    detail: 'A part of this service did not answer. Try again in a moment.',
    cause:
      'PostgreSQL or Redis did not answer in time, the JWT key set cannot be fetched, or the ' +
      'service is starting or stopping.',
    cure:
      'Wait as long as `Retry-After` says. [What happens when a store is ' +
      'unavailable](operations.md#when-something-is-unavailable).',
    appearsIn: ['problem', 'redirect', 'sync'],
    retryable: true,
    accountWide: true,
  },
  server_error: {
    status: 500,
    title: 'Server error',
    detail: 'Something went wrong here. Try again, or report the request id to the operator.',
    cause: 'A bug in this service.',
    cure: 'Report it with the log line that has this `requestId`.',
    appearsIn: ['problem', 'redirect', 'sync'],
    retryable: true,
  },
} as const satisfies Record<string, ErrorEntry>;
