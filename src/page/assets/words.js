// Every text that the page shows.

/**
 * @typedef {{ title: string, text: string, again: boolean }} Explanation `again`: offer another try
 */

/** Fixed texts, by the part of the page that shows them. */
export const TEXT = {
  loading: 'One moment…',
  tryAgain: 'Try again',
  tryNow: 'Try now',
  dismiss: 'Dismiss',
  cancel: 'Cancel',
  signOut: 'Sign out',
  signedInAs: 'Signed in as ',
  admin: ' (admin)',
  accounts: {
    title: 'Connected accounts',
    forUser:
      'Connect the calendars you use. Your upcoming events appear below and stay up to date.',
    forAdmin:
      'The connected accounts of all users. Events are visible only to the account’s owner.',
    connectLabel: 'Connect an account',
    none: 'No connected accounts yet. Choose a provider above. You can disconnect at any time.',
    noneOfAnyone: 'No one has connected an account yet.',
    noneMatch: 'No accounts match these filters.',
    showMore: 'Show more accounts',
  },
  filters: {
    label: 'Filter accounts',
    provider: 'Provider',
    anyProvider: 'Any provider',
    status: 'Status',
    anyStatus: 'Any status',
    mineOnly: 'Mine only',
  },
  status: {
    connected: 'Connected',
    reconnectNeeded: 'Reconnect needed',
    disconnecting: 'Disconnecting',
    noCalendar: 'This account has no calendar',
  },
  account: {
    owner: 'Owner: ',
    syncNow: 'Sync now',
    reconnect: 'Reconnect',
    disconnect: 'Disconnect',
    disconnecting: 'Disconnecting…',
    contents: 'Calendars and upcoming events',
    contentsForAdmin: 'Calendars',
    ownerOnly: 'Only the account’s owner can choose calendars and see events.',
  },
  calendars: {
    title: 'Calendars',
    none: 'No calendars yet.',
    primary: 'primary',
    busyOnly: 'shows busy times only',
  },
  events: {
    title: 'Upcoming events',
    showMore: 'Show more',
    none: 'No upcoming events.',
    noneSoFar: 'No upcoming events so far.',
    importing: 'Events appear here as they are imported.',
    busy: '(busy)',
    untitled: '(no title)',
    joinCall: 'Join the call',
    cancelled: 'cancelled',
    tentative: 'tentative',
    declined: 'declined',
  },
  times: {
    today: 'Today',
    tomorrow: 'Tomorrow',
    allDay: 'all day',
    justNow: 'just now',
    inAMoment: 'in a moment',
  },
  sync: {
    label: 'Sync',
    never: 'Not synced yet',
    done: 'Synced',
    stopped: 'Stopped',
    stoppedSpoken: 'The sync stopped.',
    soon: 'soon',
  },
  signedOut: {
    title: 'Your calendars, connected',
    lede: 'See the calendars you already use in one place, without sharing a password.',
    asUser: 'Continue as a user',
    asAdmin: 'Continue as an admin',
    localMode:
      'This service runs in local mode, so you can sign in here. In production, people sign in to your product.',
    signInTitle: 'Sign in to continue',
    signInText:
      'You cannot sign in on this page. Sign in to the product that sent you here, then come back.',
    signedIn: 'I have signed in',
    steps: [
      [
        'Connect',
        'Choose a provider. It asks you on its own pages whether this service may access your calendars.',
      ],
      ['See', 'Your calendars and upcoming events appear here and stay up to date.'],
      [
        'Disconnect',
        'You can leave at any time. We delete the calendars and events stored here and, where the provider allows it, remove our access.',
      ],
    ],
    sample: [
      ['09:30', 'Planning', '#3f7fd1'],
      ['13:00', 'Lunch with Bo', '#3c9a63'],
      ['19:00', 'Choir', '#d9822b'],
    ],
  },
  session: {
    ended: 'Your session has ended',
    endedText: 'Sign in again to continue. Your connected accounts have not changed.',
    signOutFailed: 'You are still signed in',
  },
  connecting: {
    importing: 'We’re importing its calendars. Events appear below as they arrive.',
    notFinished: 'The connection could not be finished',
    signInFirst: 'Sign in to finish the connection',
    signInFirstText: 'The connection stays open for a few minutes. After that, connect again.',
  },
  outOfDate: 'This page may be out of date',
  unreachable: 'We could not reach the service. Check your internet connection.',
};

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
    'This link has expired, was already used, or was opened in another browser. Start again from this page.',
  ],
  missing_scopes: (P) => [
    `${P} did not share your calendars`,
    'Access to your calendars is needed to show them. Connect again and leave the calendar box ticked.',
    true,
  ],
  no_refresh_token: (P, account) => [
    `${P} gave access for a short time only`,
    `Nothing was connected. In your ${account}, remove this app from the connected apps. Then connect again.`,
    true,
  ],
  admin_consent_required: (P) => [
    'Your organisation must approve this app first',
    `Ask an administrator of your organisation to approve this app at ${P}. Then connect again.`,
    true,
  ],
  account_mismatch: (_P, account) => [
    `You chose a different ${account}`,
    'To reconnect, choose the same account as before. To add the other account too, use Connect.',
  ],
  account_already_connected: (_P, account) => [
    `This ${account} is already connected`,
    `Another user has already connected it. It must be disconnected there first. You can also connect another ${account}.`,
    true,
  ],
  provider_misconfigured: (P) => [
    `${P} cannot be connected at the moment`,
    `This service is not set up correctly at ${P}. You can’t fix this yourself. Please contact support.`,
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

/** @param {string | null} name the provider's name, where it is known */
export function connectedTitle(name) {
  return name === null ? 'Connected' : `${name} is connected`;
}

/** @param {string | null} name the provider's name, where it is known */
export function finishingTitle(name) {
  return `Finishing the connection${name === null ? '' : ` with ${name}`}…`;
}

/** @param {string} detail of the problem that prevented the completion */
export const notFinishedText = (detail) => `${detail} Then connect again.`;

/** @param {string} name the provider's name */
export const connectLabel = (name) => `Connect ${name}`;

/** @param {string} name the provider's name */
export const connectAgainLabel = (name) => `Connect ${name} again`;

/** @param {string} detail of the problem that keeps the page from reading news */
export const outOfDateText = (detail) => `${detail} This page keeps trying.`;

/** Why an account has to be reconnected, by status reason. @type {Record<string, string>} */
const RECONNECT_REASONS = {
  revoked: 'access was removed',
  expired: 'access has expired',
  missing_scopes: 'access to calendars was not granted',
  admin_consent_required: 'your organisation must approve this app first',
};

/** Describes the status of an account. @param {import('./api.js').Account} account */
export function statusText({ status, statusReason }) {
  if (status === 'connected') return TEXT.status.connected;
  if (status === 'disconnecting') return `${TEXT.status.disconnecting}…`;
  if (statusReason === 'no_mailbox') return TEXT.status.noCalendar;
  const reason = statusReason === null ? undefined : RECONNECT_REASONS[statusReason];
  return reason === undefined
    ? TEXT.status.reconnectNeeded
    : `${TEXT.status.reconnectNeeded}: ${reason}`;
}

/** What a running sync is doing, by phase. @type {Record<string, string>} */
const PHASES = {
  calendars: 'Loading the list of calendars',
  baseline: 'Importing events',
  incremental: 'Checking for changes',
};

/** Describes what a sync is doing. @param {import('./api.js').Sync} sync */
export function phaseText({ state, phase }) {
  if (state === 'queued') return 'Waiting to start…';
  return `${PHASES[phase ?? ''] ?? 'Syncing'}…`;
}

/** Describes how much of a sync is done. @param {import('./api.js').Progress} progress */
export function progressText({ calendarsDone, calendarsTotal, eventsSeen }) {
  if (calendarsTotal === 0) return eventsSeen === 0 ? '' : count(eventsSeen, 'event');
  return `${calendarsDone} of ${count(calendarsTotal, 'calendar')} · ${count(eventsSeen, 'event')}`;
}

/**
 * A number with its noun: "1 event", "1,225 events".
 * @param {number} number
 * @param {string} noun
 */
export function count(number, noun) {
  return `${number.toLocaleString('en')} ${noun}${number === 1 ? '' : 's'}`;
}

/** @param {string} when the time since the last sync, in words */
export const lastSyncText = (when) => `Synced ${when}`;

/** @param {string} when the time until the next sync, in words */
export const nextSyncText = (when) => `next sync ${when}`;

/** The result of a sync. @param {number} eventsSeen how many events the sync has read */
export const syncResultText = (eventsSeen) =>
  eventsSeen === 0 ? 'Up to date.' : `Synced ${count(eventsSeen, 'event')}.`;

/**
 * Why a sync stopped, and what happens next.
 * @param {import('./api.js').Sync} sync
 * @param {string | null} when the time until the next try, in words
 */
export function syncErrorText({ error }, when) {
  if (error === null) return '';
  if (!error.retryable) return `${error.message} This won’t fix itself. Please contact support.`;
  return `${error.message} We’ll try again ${when ?? 'later'}.`;
}

/** @param {string} timeZone an IANA name */
export const timeZoneText = (timeZone) => `times in ${timeZone.replaceAll('_', ' ')}`;

/** @param {string} time */
export const untilText = (time) => `until ${time}`;

/** @param {string} day one day or a range of days */
export const allDayText = (day) => `${day}, ${TEXT.times.allDay}`;

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
  `Syncing stops, and the calendars and events stored here are deleted. Where ${name} allows it, we also remove our access.`,
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

/** @param {string} requestId */
export const requestIdText = (requestId) => `Request ID: ${requestId}`;

/**
 * The detail of a response that is not a problem document.
 * @param {number} status of the response
 */
export const badResponseText = (status) =>
  `The service sent an unexpected response (${status}). Try again in a moment.`;

/** Describes a problem in a sentence or two. @param {import('./api.js').Problem} problem */
export function problemText(problem) {
  if (problem.code === 'rate_limited' && problem.retryAfterSeconds !== null)
    return `Too many requests. Try again in ${count(problem.retryAfterSeconds, 'second')}.`;
  return problem.detail;
}
