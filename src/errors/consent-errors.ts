// The errors of consent: the way to a provider and back.

import type { ErrorEntry } from './error-entry.js';

/** Codes of an authorization request and its callback. */
export const CONSENT_ERRORS = {
  invalid_state: {
    status: 400,
    title: 'Invalid state',
    detail:
      'This link has expired, was already used, or was started in another browser. Start ' +
      'again.',
    cause:
      'The state is missing, malformed, unknown, already used, older than ' +
      '`STATE_TTL_SECONDS`, or belongs to another provider, another browser or another ' +
      'signed-in user. The `reason` in the log says which. The redirect names no provider.',
    cure:
      'Start again. If it happens to everyone, check three things. Was `oauth-url` called ' +
      'without credentials, so that the browser did not keep the cookie? Is the frontend on ' +
      'another site (then set `OAUTH_COMPLETION=frontend`)? Is `OAUTH_REDIRECT_BASE_URL` the ' +
      'host that set the cookie?',
    appearsIn: ['problem', 'redirect'],
  },
  invalid_ticket: {
    status: 403,
    title: 'Invalid ticket',
    detail: 'This ticket has expired, was already used, or belongs to another user. Start again.',
    cause:
      'The ticket of `POST /integrations/complete` is unknown, already used, older than two ' +
      "minutes, or another user's. A request by the wrong user also uses it up.",
    cure: 'Start again. Complete once, immediately, with the JWT of the user who started.',
    appearsIn: ['problem'],
  },
  connect_link_ended: {
    status: 410,
    title: 'This link has ended',
    detail: 'This link has expired or was already used. Ask for a new one where you got it.',
    cause:
      'A calendar was connected with the link, its `expiresInSeconds` have passed, or the account ' +
      'that it was to reconnect is gone.',
    cure: 'Make a new one with `POST /integrations/connect-links`.',
    appearsIn: ['problem'],
  },
  access_denied: {
    status: 403,
    title: 'Access denied',
    detail: 'You did not give consent, so nothing was connected. Start again if you want to.',
    cause: 'The user refused at the provider.',
    cure: 'Start again if the refusal was a mistake.',
    appearsIn: ['problem', 'redirect'],
  },
  grant_not_accepted: {
    status: 422,
    title: 'Grant not accepted',
    detail: 'The provider does not accept this refresh token. The user has to connect the account.',
    cause:
      'An import: the refresh token was revoked, has expired, or was given to another client id ' +
      "than this service's.",
    cure:
      'Compare the client id with the one of the product that it comes from. Otherwise send the ' +
      'user a [connect link](frontend.md#connect-links).',
    appearsIn: ['problem'],
  },
  missing_scopes: {
    status: 403,
    title: 'Calendar access missing',
    detail: 'You did not allow access to your calendars. Connect again and keep it selected.',
    cause:
      'The user deselected the calendar permission, or the client may not ask for it. ' +
      'Nothing is stored.',
    cure:
      'Connect again and keep the permission selected. If the provider never offers it, add ' +
      'the scope there ([Google](providers/google.md), [Microsoft](providers/microsoft.md)).',
    appearsIn: ['problem', 'redirect'],
    accountWide: true,
    needsUser: true,
    statusReason: 'missing_scopes',
  },
  no_refresh_token: {
    status: 403,
    title: 'No lasting access',
    detail:
      'The provider gave only short-lived access. Remove this app at the provider and ' +
      'connect again.',
    cause: 'The provider returned no refresh token, and none is stored for this account.',
    cure:
      'The user removes the app at the provider and connects again. For Microsoft, check ' +
      'that `offline_access` is granted.',
    appearsIn: ['problem', 'redirect'],
  },
  admin_consent_required: {
    status: 403,
    title: 'Administrator approval required',
    detail: 'Your organization must approve this app first. Ask an administrator to do that.',
    cause:
      'Only an administrator of the organization may approve this app. In a sync the account ' +
      'becomes `reauthorization_required` with this reason.',
    cure:
      'An administrator approves the app, at Microsoft with a link of ' +
      '`POST /integrations/admin-consent/:provider`. Then the user connects again.',
    appearsIn: ['problem', 'redirect', 'sync'],
    accountWide: true,
    needsUser: true,
    statusReason: 'admin_consent_required',
  },
  admin_consent_unsupported: {
    status: 400,
    title: 'No link for administrators',
    detail:
      'This provider has no link with which an administrator approves an app. Ask your ' +
      'administrator to allow this app.',
    cause:
      'The provider has no page for the consent of an administrator, or only personal accounts ' +
      'may connect (`MICROSOFT_TENANT=consumers`).',
    cure:
      'An administrator allows the app at the provider: see [Google](providers/google.md) and ' +
      '[Microsoft](providers/microsoft.md).',
    appearsIn: ['problem'],
  },
  admin_consent_not_found: {
    status: 404,
    title: 'Request not found',
    detail: 'There is no such request to an administrator. Ask again.',
    cause:
      "The id is no UUID or unknown, the request is another user's, or it ended more than 30 days " +
      'ago.',
    cure: 'Ask with the user who asked. Make a new one with `POST /integrations/admin-consent/:provider`.',
    appearsIn: ['problem'],
  },
  account_mismatch: {
    status: 409,
    title: 'Another account answered',
    detail: 'You chose another account than before. Start again and choose the same account.',
    cause: 'A reconnect (`accountId`) ended with another provider account.',
    cure: 'Choose the same account at the provider, or connect the other account as a new one.',
    appearsIn: ['problem', 'redirect'],
  },
  account_already_connected: {
    status: 409,
    title: 'Already connected',
    detail: 'Another user has connected this account. That user must disconnect it first.',
    cause:
      '`ONE_USER_PER_PROVIDER_ACCOUNT=true`, and another user has connected this provider ' +
      'account.',
    cure: 'The other user disconnects it first.',
    appearsIn: ['problem', 'redirect'],
  },
} as const satisfies Record<string, ErrorEntry>;
