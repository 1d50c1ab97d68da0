// What the page has to tell about an account, from what the API says of it.

/** @typedef {import('./api.js').Account} Account */

/**
 * Whether only the account's user can make it work again, by reconnecting it. An account that the
 * provider has no calendar for does not work better after that.
 * @param {Account} account
 */
export const needsUser = ({ status, statusReason }) =>
  status === 'reauthorization_required' && statusReason !== 'no_mailbox';

/**
 * Whether an administrator of the user's organization has to approve this app first.
 * @param {Account} account
 */
export const needsAdministrator = ({ status, statusReason }) =>
  status === 'reauthorization_required' && statusReason === 'admin_consent_required';

/**
 * Whether the provider has said that it keeps no calendar for the account.
 * @param {Account} account
 */
export const isWithoutMailbox = ({ status, statusReason }) =>
  status === 'reauthorization_required' && statusReason === 'no_mailbox';

/**
 * Whether the last sync of a connected account found no calendar to read: there is none, or none is
 * ticked.
 * @param {Account} account
 */
export const hasReadNoCalendar = ({ status, lastSyncedAt, sync }) =>
  status === 'connected' &&
  sync.state === 'idle' &&
  sync.error === null &&
  lastSyncedAt !== null &&
  sync.progress.calendarsTotal === 0;

/**
 * The accounts that need their user first. Within both groups the order stays.
 * @param {Iterable<Account>} accounts
 */
export const inOrder = (accounts) =>
  [...accounts].sort((a, b) => Number(needsUser(b)) - Number(needsUser(a)));

/**
 * Whether a sync has found or finished calendars since.
 * @param {import('./api.js').Progress} before
 * @param {import('./api.js').Progress} now
 */
export const hasNewCalendars = (before, now) =>
  before.calendarsTotal !== now.calendarsTotal || before.calendarsDone !== now.calendarsDone;
