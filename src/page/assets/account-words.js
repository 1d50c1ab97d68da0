// The texts about the state of an account.

import { count, TEXT } from './words.js';

/** @typedef {import('./api.js').Account} Account */

/**
 * The name of an account that no other account of its user has: "ana@example.com (Google)".
 * @param {Account} account
 * @param {string} providerName
 */
export const accountLabel = ({ email, displayName }, providerName) => {
  const name = email ?? displayName;
  return name === null ? providerName : `${name} (${providerName})`;
};

/**
 * The accessible name of a button or a part that every card has. It begins with the visible text.
 * @param {string} text
 * @param {string} account its label
 */
export const labelOf = (text, account) => `${text}: ${account}`;

/** Why an account has to be reconnected, by status reason. @type {Record<string, string>} */
const RECONNECT_REASONS = {
  revoked: 'access was removed',
  expired: 'access has expired',
  missing_scopes: 'access to calendars was not granted',
};

/**
 * @param {string | null} reason the account's `statusReason`
 * @param {boolean} isOwn whether the reader owns the account
 * @returns {string | undefined}
 */
function reconnectReason(reason, isOwn) {
  if (reason === 'admin_consent_required')
    return `${isOwn ? 'your' : 'the owner’s'} organization must approve this app first`;
  return reason !== null && Object.hasOwn(RECONNECT_REASONS, reason)
    ? RECONNECT_REASONS[reason]
    : undefined;
}

/**
 * Describes the status of an account.
 * @param {Account} account
 * @param {{ isOwn: boolean, hasNoCalendar: boolean }} facts
 */
export function statusText({ status, statusReason }, { isOwn, hasNoCalendar }) {
  if (status === 'disconnecting') return `${TEXT.status.disconnecting}…`;
  if (hasNoCalendar) return TEXT.status.noCalendar;
  if (status === 'connected') return TEXT.status.connected;
  const reason = reconnectReason(statusReason, isOwn);
  return reason === undefined
    ? TEXT.status.reconnectNeeded
    : `${TEXT.status.reconnectNeeded}: ${reason}`;
}

/**
 * What the owner of an account without a calendar can do. Where the provider has refused the
 * account, only a new connection makes us look again.
 * @param {Account} account
 */
export const noCalendarAdvice = ({ status }) =>
  status === 'connected' ? TEXT.noCalendar.advice : TEXT.noCalendar.adviceAfterRefusal;

/**
 * The title of the notice about accounts that their user has to reconnect.
 * @param {string[]} accounts their labels
 */
export const attentionTitle = (accounts) =>
  accounts.length === 1
    ? `${accounts[0]} needs to be reconnected`
    : `${count(accounts.length, 'account')} need to be reconnected`;

/** The text of that notice. @param {Account[]} accounts of the reader */
export function attentionText(accounts) {
  const [first, second] = accounts;
  if (second !== undefined || first === undefined) return 'Their events are no longer updated.';
  const reason = reconnectReason(first.statusReason, true);
  const unchanged = 'Its events are no longer updated.';
  return reason === undefined
    ? unchanged
    : `${reason.charAt(0).toUpperCase()}${reason.slice(1)}. ${unchanged}`;
}

/** @param {string} account its label */
export const reconnectLabel = (account) => `${TEXT.account.reconnect} ${account}`;

/** The title of the browser's tab. @param {number} waiting how many accounts need the reader */
export const pageTitle = (waiting) =>
  waiting === 0 ? TEXT.accounts.title : `(${waiting}) ${TEXT.accounts.title}`;
