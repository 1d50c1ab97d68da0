// The texts of the page. Those about the state of an account are in account-words.js, those about
// connecting and disconnecting in outcome-words.js.

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
    noCalendar: 'No calendar',
  },
  noCalendar: {
    advice: 'Connect another account, or add a calendar to this one.',
    adviceAfterRefusal:
      'Connect another account. If you turn the calendar of this one on, connect it again.',
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
    upToDate: 'Up to date',
    stoppedSpoken: 'The sync stopped.',
    soon: 'soon',
  },
  signedOut: {
    title: 'Your calendars, connected',
    lede: 'See the calendars you already use in one place, without sharing a password.',
    asUser: 'Continue as a user',
    asAdmin: 'Continue as an admin',
    localMode:
      'This service runs in local mode, so you can sign in here. In production, people sign ' +
      'in to your product.',
    signInTitle: 'Sign in to continue',
    signInText:
      'You cannot sign in on this page. Sign in to the product that sent you here, then come back.',
    signedIn: 'I have signed in',
    steps: [
      [
        'Connect',
        'Choose a provider. It asks you on its own pages whether this service may access ' +
          'your calendars.',
      ],
      ['See', 'Your calendars and upcoming events appear here and stay up to date.'],
      [
        'Disconnect',
        'You can leave at any time. We delete the calendars and events stored here, and show ' +
          'you whether our access at the provider ended too.',
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
    looking: 'We’re looking for its calendars.',
    importing: 'We’re importing its calendars. Events appear below as they arrive.',
    notFinished: 'The connection could not be finished',
    signInFirst: 'Sign in to finish the connection',
    signInFirstText: 'The connection stays open for a few minutes. After that, connect again.',
  },
  developers: {
    label: 'For developers: ',
    reference: 'API reference',
    document: 'OpenAPI document',
  },
  outOfDate: 'This page may be out of date',
  unreachable: 'We could not reach the service. Check your internet connection.',
};

/** The accessible name of the button that dismisses a notice. @param {string} title of the notice */
export const dismissLabel = (title) => `${TEXT.dismiss}: ${title}`;

/** @param {string} name the provider's name */
export const connectLabel = (name) => `Connect ${name}`;

/** @param {string} detail of the problem that keeps the page from reading news */
export const outOfDateText = (detail) => `${detail} This page keeps trying.`;

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
  eventsSeen === 0 ? TEXT.sync.upToDate : count(eventsSeen, 'event');

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
  if (problem.code === 'rate_limited' && problem.retryAfter !== null)
    return `Too many requests. Try again in ${count(problem.retryAfter, 'second')}.`;
  if (problem.code === 'network') return TEXT.unreachable;
  if (problem.code === 'unexpected_response') return badResponseText(problem.status);
  return problem.detail;
}
