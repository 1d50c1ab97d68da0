// The texts about the result of connecting and disconnecting an account.

import { count, TEXT } from './words.js';

/** @typedef {import('./api.js').Sync} Sync */

/**
 * @typedef {{ title: string, text: string, again: boolean }} Explanation `again`: offer another try
 */

/**
 * Titles and texts for a connection that failed, by error code. `P` is the provider's name;
 * `account` is "Google account", or "account" where the provider is not known.
 * @type {Record<string, (P: string, account: string) => [title: string, text: string, again?:
 *   boolean]>}
 */
const CONNECT_ERRORS = {
  access_denied: (P) => [
    'Nothing was connected',
    `You did not allow access at ${P}. If that was a mistake, connect again and allow access.`,
    true,
  ],
  invalid_state: () => [
    'Nothing was connected',
    'This link has expired, was already used, or was opened in another browser. Start again ' +
      'from this page.',
  ],
  missing_scopes: (P) => [
    `${P} did not share your calendars`,
    'Access to your calendars is needed to show them. Connect again and leave the calendar ' +
      'box ticked.',
    true,
  ],
  no_refresh_token: (P, account) => [
    `${P} gave access for a short time only`,
    `Nothing was connected. In your ${account}, remove this app from the connected apps. ` +
      'Then connect again.',
    true,
  ],
  admin_consent_required: (P) => [
    'Your organization must approve this app first',
    `Only an administrator of your organization can approve this app at ${P}. If that was done ` +
      'just now, wait a few minutes and connect again.',
    true,
  ],
  account_mismatch: (_P, account) => [
    `You chose a different ${account}`,
    'To reconnect, choose the same account as before. To add the other account too, use Connect.',
  ],
  account_already_connected: (_P, account) => [
    `This ${account} is already connected`,
    'Another user has already connected it. It must be disconnected there first. You can ' +
      `also connect another ${account}.`,
    true,
  ],
  provider_misconfigured: (P) => [
    `${P} cannot be connected at the moment`,
    `This service is not set up correctly at ${P}. You can’t fix this yourself. Please ` +
      'contact support.',
  ],
  provider_unavailable: (P) => [
    `${P} is not responding correctly`,
    'Nothing was connected. Wait a moment, then try again.',
    true,
  ],
  provider_error: (P) => [
    `${P} refused the request`,
    'Nothing was connected. Try again. If it happens again, please contact support.',
    true,
  ],
  temporarily_unavailable: () => [
    'This service is temporarily unavailable',
    'Nothing was connected. Try again in a moment.',
    true,
  ],
  rate_limited: () => ['Too many attempts', 'Wait a minute, then try again.', true],
  unauthenticated: () => ['You are not signed in', 'Sign in first, then connect your account.'],
  server_error: () => [
    'Something went wrong on our side',
    'Try again. If it happens again, please contact support.',
    true,
  ],
  invalid_ticket: () => [
    'The connection could not be finished',
    'It has expired, was already finished, or belongs to another user. Start again from this page.',
  ],
  provider_not_configured: (P) => [
    `${P} cannot be connected here`,
    'This service is not set up for it.',
  ],
};

/**
 * Explains why connecting failed. An unknown code gets a general explanation.
 * @param {string | null} code from the address or the API
 * @param {string | null} name the provider's name, where it is known
 * @returns {Explanation}
 */
export function explainConnectError(code, name) {
  const explain =
    code !== null && Object.hasOwn(CONNECT_ERRORS, code) ? CONNECT_ERRORS[code] : undefined;
  const account = name === null ? 'account' : `${name} account`;
  const [title, text, again = false] = explain?.(name ?? 'the provider', account) ?? [
    'Connecting did not work',
    'An unexpected error occurred. Start again from this page.',
  ];
  return { title: title.charAt(0).toUpperCase() + title.slice(1), text, again };
}

/** @param {string} name the provider's name */
export const connectedTitle = (name) => `${name} is connected`;

/** @param {string} account its label */
export const noCalendarTitle = (account) => `We connected ${account}, but it has no calendar.`;

/** How the first sync of a connection ended. @param {Sync} sync */
export const importedText = ({ trigger, progress: { eventsSeen } }) =>
  trigger === 'connect' && eventsSeen > 0
    ? `${count(eventsSeen, 'event')} imported.`
    : `${TEXT.sync.upToDate}.`;

/** The first sync could not read every calendar. @param {Sync} sync */
export const partlyText = ({ progress: { eventsSeen } }) =>
  `${eventsSeen > 0 ? `${count(eventsSeen, 'event')} imported. ` : ''}` +
  'Some calendars could not be read yet.';

/** The first sync has failed. @param {Sync} sync */
export const notImportedText = ({ error }) =>
  error?.retryable === true
    ? 'Its calendars are not imported yet. We’ll try again.'
    : 'Its calendars could not be imported. Please contact support.';

/** @param {string | null} name the provider's name, where it is known */
export function finishingTitle(name) {
  return `Finishing the connection${name === null ? '' : ` with ${name}`}…`;
}

/** @param {string} detail of the problem that prevented the completion */
export const notFinishedText = (detail) => `${detail} Then connect again.`;

/** @param {string} name the provider's name */
export const connectAgainLabel = (name) => `Connect ${name} again`;

/**
 * What to call an account without an address or a name.
 * @param {string} name the provider's name
 */
export const unnamedAccount = (name) => `this ${name} account`;

/** @param {string} account its address or name */
export const disconnectTitle = (account) => `Disconnect ${account}?`;

/**
 * What disconnecting does, in two paragraphs.
 * @param {string} name the provider's name
 * @returns {[string, string]}
 */
export const disconnectTexts = (name) => [
  'Syncing stops, and the calendars and events stored here are deleted. Afterwards you see ' +
    `whether our access at ${name} ended too.`,
  `The calendars at ${name} do not change.`,
];

/** @param {string} account its address or name */
export const disconnectedTitle = (account) => `${account} is disconnected`;

/** @param {string} name the provider's name */
export const connectedAppsLabel = (name) => `Open the connected apps at ${name}`;

/**
 * Why our access may still exist at the provider, by reason.
 * @type {Record<string, (P: string) => string>}
 */
const ACCESS_KEPT = {
  not_supported: (P) => `${P} doesn’t let apps remove their own access.`,
  disabled: (P) => `This service is set up to leave its access at ${P} in place.`,
  provider_unavailable: (P) => `${P} did not respond, so our access may still exist there.`,
  token_unreadable: (P) =>
    `We could not read the stored access, so we could not remove it at ${P}.`,
  provider_not_configured: (P) =>
    `This service is no longer set up for ${P}, so our access may still exist there.`,
};

/**
 * Says what disconnecting an account did.
 * @param {{ revoked: boolean, reason: string | null }} result
 * @param {string} name the provider's name
 * @param {boolean} isOwn whether the reader owns the account
 */
export function disconnectedText(result, name, isOwn) {
  return `${accessText(result, name, isOwn)} Its calendars and events are no longer stored here.`;
}

/**
 * @param {{ revoked: boolean, reason: string | null }} result
 * @param {string} name
 * @param {boolean} isOwn
 */
function accessText({ revoked, reason }, name, isOwn) {
  if (reason === 'already_revoked') return `Our access had already been removed at ${name}.`;
  if (revoked) return `We removed our access at ${name}.`;
  if (reason === 'shared_grant')
    return `Our access at ${name} stays, because another user has connected the same account.`;
  const why = ACCESS_KEPT[reason ?? '']?.(name) ?? `Our access may still exist at ${name}.`;
  const next = isOwn
    ? `To finish, remove this app in your ${name} account.`
    : `To finish, the owner has to remove this app in their ${name} account.`;
  return `${why} ${next}`;
}
