// What the page says: every code of the API in human words.

/** @typedef {{ title: string, text: string, again: boolean }} Explanation `again`: whether to offer another try */

/** Codes of the way back from a provider. `P` is the provider's name. */
/** @type {Record<string, (P: string) => [title: string, text: string, again?: boolean]>} */
const RETURNS = {
  access_denied: (P) => [
    'Nothing was connected',
    `You did not give consent at ${P}. If that was a slip, connect again and choose to continue.`,
    true,
  ],
  invalid_state: () => [
    'That attempt could not be finished',
    'It took too long, was used before, or began in another browser or by another user. Nothing was connected: start again from here.',
  ],
  missing_scopes: (P) => [
    `${P} gave no access to your calendars`,
    'Connect again and leave the calendar box ticked: without it there is nothing to show.',
    true,
  ],
  no_refresh_token: (P) => [
    `${P} gave no lasting access`,
    `Remove this app from the connected apps of your ${P} account, then connect again.`,
    true,
  ],
  admin_consent_required: (P) => [
    'Your organisation has to approve this first',
    `Ask an administrator of your organisation to approve this app at ${P}. Then connect again.`,
    true,
  ],
  account_mismatch: (P) => [
    `That was another ${P} account`,
    'To reconnect, choose the same account as before. To add the other one as well, use Connect.',
  ],
  account_already_connected: (P) => [
    `Somebody else has connected this ${P} account`,
    `Here an account belongs to one user. Disconnect it there first, or choose another ${P} account.`,
    true,
  ],
  provider_misconfigured: (P) => [
    `This service is not set up properly at ${P}`,
    'There is nothing you can mend here: please tell whoever runs this service.',
  ],
  provider_unavailable: (P) => [
    `${P} did not answer properly`,
    'Nothing was connected. Wait a moment, then try again.',
    true,
  ],
  provider_error: (P) => [
    `${P} refused the request`,
    'Nothing was connected. Try again; if it happens again, tell whoever runs this service.',
    true,
  ],
  temporarily_unavailable: () => [
    'This service could not finish just now',
    'A part of it did not answer. Nothing was connected: try again in a moment.',
    true,
  ],
  rate_limited: () => ['Too many attempts in a minute', 'Wait a minute, then try again.', true],
  unauthenticated: () => ['You are not signed in', 'Sign in first, then connect.'],
  server_error: () => [
    'Something went wrong here',
    'Try again. If it happens again, tell whoever runs this service.',
    true,
  ],
  invalid_ticket: () => [
    'That attempt could not be finished',
    'It took too long, was used before, or belongs to another user. Start again from here.',
  ],
  provider_not_configured: (P) => [
    `${P} cannot be connected here`,
    'It is not set up on this service.',
  ],
};

/** @param {string | null} code from the address or the API: known ones have words, any other gets a general sentence @param {string | null} name
 * @returns {Explanation} */
export function explainReturn(code, name) {
  const words = code !== null && Object.hasOwn(RETURNS, code) ? RETURNS[code] : undefined;
  const [title, text, again = false] = words?.(name ?? 'the provider') ?? [
    'Connecting did not work',
    'Something unexpected happened on the way back. Start again from here.',
  ];
  return { title: title.charAt(0).toUpperCase() + title.slice(1), text, again };
}

/** @type {Record<string, string>} */
const REASONS = {
  revoked: 'access was revoked',
  expired: 'access has expired',
  missing_scopes: 'access to the calendars was not granted',
  admin_consent_required: 'an administrator of your organisation has to approve first',
  no_mailbox: 'this account has no calendar',
};

/** An account's status. @param {import('./api.js').Account} account */
export function statusWords({ status, statusReason }) {
  if (status === 'connected') return 'Connected';
  if (status === 'disconnecting') return 'Disconnecting…';
  const reason = statusReason === null ? undefined : REASONS[statusReason];
  return reason === undefined ? 'Reconnect needed' : `Reconnect needed: ${reason}`;
}

/** @type {Record<string, string>} */
const PHASES = {
  calendars: 'Reading the list of calendars',
  baseline: 'Reading all events',
  incremental: 'Reading what changed',
};

/** What a sync under way is doing. @param {import('./api.js').Sync} sync */
export function phaseWords({ state, phase }) {
  if (state === 'queued') return 'Waiting to start…';
  return `${PHASES[phase ?? ''] ?? 'Syncing'}…`;
}

/** How far it is. @param {import('./api.js').Progress} progress */
export function progressWords({ calendarsDone, calendarsTotal, eventsSeen }) {
  if (calendarsTotal === 0) return eventsSeen === 0 ? '' : count(eventsSeen, 'event');
  return `${calendarsDone} of ${count(calendarsTotal, 'calendar')} · ${count(eventsSeen, 'event')}`;
}

/** @param {number} number @param {string} thing */
export function count(number, thing) {
  return `${number.toLocaleString('en')} ${thing}${number === 1 ? '' : 's'}`;
}

/** Why a sync stopped, and whether it goes on by itself. @param {import('./api.js').Sync} sync @param {string | null} when */
export function syncErrorWords({ state, error }, when) {
  if (error === null) return '';
  if (!error.retryable) return `${error.message} Waiting will not mend it.`;
  if (state === 'backoff') return `${error.message} The next try is ${when ?? 'soon'}.`;
  return `${error.message} It will be tried again${when === null ? '' : ` ${when}`}.`;
}

/** @type {Record<string, (P: string) => string>} */
const LEFT_BEHIND = {
  not_supported: (P) =>
    `${P} has no way for an app to give access back. You can remove this app there yourself.`,
  disabled: (P) =>
    `The access at ${P} was left in place, as this service is set up. You can remove this app there yourself.`,
  shared_grant: (P) =>
    `Another user here has connected the same account, so the access at ${P} was left in place.`,
  provider_unavailable: (P) =>
    `${P} did not answer, so the access may still stand there. You can remove this app there yourself.`,
  token_unreadable: (P) =>
    `What we kept could not be opened to tell ${P}, so the access may still stand there. You can remove this app there yourself.`,
  provider_not_configured: (P) =>
    `${P} is no longer set up here and could not be told. You can remove this app there yourself.`,
};

/** What disconnecting did at the provider. @param {{ revoked: boolean, reason: string | null }} done @param {string} name */
export function disconnectedWords({ revoked, reason }, name) {
  if (reason === 'already_revoked') return `The access had already been taken back at ${name}.`;
  if (revoked) return `${name} no longer accepts the access you gave.`;
  return (
    LEFT_BEHIND[reason ?? '']?.(name) ??
    `The access may still stand at ${name}. You can remove this app there yourself.`
  );
}

/** A problem in a sentence or two. @param {import('./api.js').Problem} problem */
export function problemWords(problem) {
  if (problem.code === 'rate_limited' && problem.retryAfterSeconds !== null)
    return `That was a lot in a short time. Try again in ${count(problem.retryAfterSeconds, 'second')}.`;
  return problem.detail;
}
