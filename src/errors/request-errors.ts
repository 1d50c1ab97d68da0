// The errors of a request: it is malformed, not allowed, or names something that does not exist.

import type { ErrorEntry } from './error-entry.js';

/** Codes of requests to this API. */
export const REQUEST_ERRORS = {
  invalid_request: {
    status: 400,
    title: 'Invalid request',
    detail: 'The request is malformed. Correct the part that the error names.',
    cause:
      'A query, body, cursor or id is malformed, or a parameter is unknown or given twice. ' +
      '`detail` names the part and shows a right value.',
    cure: 'Send what `/openapi.json` describes. Send `nextCursor` back unchanged.',
    appearsIn: ['problem'],
  },
  return_to_not_allowed: {
    status: 400,
    title: 'Return path not allowed',
    detail: 'returnTo is not an allowed path. Use a path under RETURN_PATHS.',
    cause: '`returnTo` is not a path under `RETURN_PATHS`, or leads to another origin.',
    cure: 'Send a path, not a URL. Add its prefix to `RETURN_PATHS`.',
    appearsIn: ['problem'],
  },
  unsupported_provider: {
    status: 400,
    title: 'Unsupported provider',
    detail: 'This service does not know that provider. Use an id from GET /integrations/providers.',
    cause: 'No provider has that name. Names are lower case.',
    cure: 'Use an `id` from `GET /integrations/providers`.',
    appearsIn: ['problem'],
  },
  unauthenticated: {
    status: 401,
    title: 'Not signed in',
    detail: 'You are not signed in, or your sign-in has expired. Sign in and try again.',
    cause:
      'No JWT, service key, session or cookie identifies the caller. Or the JWT is expired, has another ' +
      'issuer or audience, uses an algorithm that is not accepted, or has no `exp`. On the ' +
      'way back from a provider: the host says that the user is no longer active. A browser ' +
      'that navigated to `/integrations/auth/:provider` gets the redirect.',
    cure:
      'Sign in again, or open a new session. If the JWT should be valid, compare the ' +
      '`reason` in the log with the `JWT_*` settings.',
    appearsIn: ['problem', 'redirect'],
  },
  forbidden: {
    status: 403,
    title: 'Forbidden',
    detail: 'You have no permission to do this. Ask an administrator of this product.',
    cause:
      'A user who is not an admin named another user in `userId`, or called a route for service ' +
      'callers or admins.',
    cure:
      'Omit `userId`, or send `me`. Call a route for service callers from your backend, with a ' +
      'key of `SERVICE_KEYS`.',
    appearsIn: ['problem'],
  },
  origin_not_allowed: {
    status: 403,
    title: 'Origin not allowed',
    detail:
      'Pages of this origin may not call this service. Its operator allows them in ' +
      'FRONTEND_ORIGINS.',
    cause:
      'The request, or its preflight, names an `Origin` that is not allowed: the log names it ' +
      "once. Or a request that changes something came with a cookie (or a host's own session) " +
      'and without an `Origin`. Or a service caller sent an `Origin`, which only browsers do.',
    cure:
      'Add the origin of the frontend (scheme, host and port) to `FRONTEND_ORIGINS`, or set ' +
      '`FRONTEND_BASE_URL` to it. A program sends no `Origin` and uses a bearer token. Never give ' +
      'a service key to a page.',
    appearsIn: ['problem'],
  },
  path_not_allowed: {
    status: 403,
    title: 'Path not allowed',
    detail: 'Nothing is passed on to this path. Use a path of the calendar API of the provider.',
    cause:
      'The path behind `/proxy/` is outside of the calendar resources of the provider, has dots, ' +
      'empty segments, encoded slashes or something that is encoded twice, or the query has ' +
      'credentials.',
    cure:
      'Send a path of the [list](http-api.md#requests-to-the-provider), in the case of the ' +
      "provider's documents. Encode each id once.",
    appearsIn: ['problem'],
  },
  prefetch_refused: {
    status: 403,
    title: 'Prefetch refused',
    detail: 'The browser loaded this link in advance. Click the link to start a connection.',
    cause: 'The browser fetched `/integrations/auth/:provider` before the user clicked it.',
    cure: 'Nothing to do: the click itself works. Do not mark the link for prefetching.',
    appearsIn: ['problem'],
  },
  not_found: {
    status: 404,
    title: 'Not found',
    detail: 'This address does not exist. Check the path.',
    cause:
      'The path does not exist. `POST /integrations/complete` exists only with ' +
      '`OAUTH_COMPLETION=frontend`.',
    cure: 'Check the path: paths are case-sensitive and do not end with a slash.',
    appearsIn: ['problem'],
  },
  account_not_found: {
    status: 404,
    title: 'Account not found',
    detail: 'You have no connected account with this id. List your accounts again.',
    cause:
      "The account does not exist, is another user's, is being disconnected, or its id is " +
      'not a UUID. The response is the same for all of them.',
    cure: 'List the accounts again.',
    appearsIn: ['problem'],
    accountWide: true,
  },
  calendar_not_found: {
    status: 404,
    title: 'Calendar not found',
    detail: 'This account has no calendar with this id. List its calendars again.',
    cause: 'The same as `account_not_found`, for a calendar of that account.',
    cure: 'List the calendars again.',
    appearsIn: ['problem'],
  },
  webhook_endpoint_not_found: {
    status: 404,
    title: 'Webhook endpoint not found',
    detail: 'There is no webhook endpoint with this id. List the endpoints again.',
    cause: 'The endpoint was deleted, or its id is not a UUID.',
    cure: 'List the endpoints again.',
    appearsIn: ['problem'],
  },
  address_not_allowed: {
    status: 422,
    title: 'Address not allowed',
    detail: 'Webhooks go to public https addresses only. Use a URL that the internet can reach.',
    cause:
      'The URL of a webhook endpoint is http, or names a private, loopback or link-local address.',
    cure:
      'Use a public https URL. For a receiver within your own network set ' +
      '`WEBHOOK_PRIVATE_ADDRESSES=true`.',
    appearsIn: ['problem'],
  },
  method_not_allowed: {
    status: 405,
    title: 'Method not allowed',
    detail: 'This address does not accept this HTTP method. Use a method that Allow lists.',
    cause:
      'The path exists but does not accept that method. `Allow` lists those it accepts. ' +
      'Starts and callbacks refuse `HEAD`.',
    cure: 'Use the method that `/openapi.json` describes.',
    appearsIn: ['problem'],
  },
  payload_too_large: {
    status: 413,
    title: 'Payload too large',
    detail: 'The body is larger than this service accepts. Send a smaller one.',
    cause: 'The body is larger than 16 KiB; 4 MiB where it is passed on to the provider.',
    cure: 'Send a smaller body. No request of this API needs more.',
    appearsIn: ['problem'],
  },
  unsupported_media_type: {
    status: 415,
    title: 'Unsupported media type',
    detail: 'The body is not plain JSON. Send it uncompressed, as application/json.',
    cause: 'The body is not `application/json`, or it is compressed.',
    cure: 'Send plain JSON with its content type.',
    appearsIn: ['problem'],
  },
  rate_limited: {
    status: 429,
    title: 'Too many requests',
    detail: 'You sent too many requests in one minute. Wait as long as Retry-After says.',
    cause:
      'More requests in one minute than `RATE_LIMIT_START`, `_CALLBACK`, `_SYNC`, `_READ` or ' +
      '`_WRITE` allow, or more than four open event streams. The `reason` in the log names the limit.',
    cure:
      'Wait as long as `Retry-After` says. If many users share one address at the callback, ' +
      'check [`TRUST_PROXY`](operations.md#behind-a-proxy).',
    appearsIn: ['problem', 'redirect'],
    retryable: true,
  },
} as const satisfies Record<string, ErrorEntry>;
