// The public API of the same origin, by the typed client, with the session cookie.

import { createClient } from '../client/client.js';

export { CalendarConnectError as Problem } from '../client/client.js';

/**
 * Where the page and the API are mounted, for example `/integrations`. This file is one level below
 * it, in `page/`.
 */
export const BASE = new URL('..', import.meta.url).pathname.replace(/\/$/, '');

/**
 * @typedef {import('../client/client.js').Provider} Provider
 * @typedef {import('../client/client.js').Sync} Sync
 * @typedef {import('../client/client.js').SyncState} SyncState
 * @typedef {Sync['progress']} Progress
 * @typedef {NonNullable<Sync['error']>} SyncError
 * @typedef {import('../client/client.js').Account} Account
 * @typedef {import('../client/client.js').Calendar} Calendar
 * @typedef {import('../client/client.js').ListAccountsQuery} AccountFilter
 * @typedef {{ dateTime?: string, timeZone?: string | null, date?: string }} EventTime
 * @typedef {Omit<import('../client/client.js').Event, 'start' | 'end'> &
 *   { start: EventTime, end: EventTime }} CalendarEvent
 */

/** Called when any call gets a 401. */
let sessionEnded = () => {};

/** Sets what happens when a call finds that the session has ended. @param {() => void} listener */
export function onSessionEnd(listener) {
  sessionEnded = listener;
}

/** @type {typeof fetch} */
const watchedFetch = async (input, options) => {
  const response = await fetch(input, options);
  if (response.status === 401) sessionEnded();
  return response;
};

/** Calls the API. */
export const client = createClient({ baseUrl: BASE, fetch: watchedFetch });

/** Calls the API where a 401 does not mean that the session has ended. */
export const quietClient = createClient({ baseUrl: BASE });

/**
 * The address that starts to connect an account, or to reconnect one.
 * @param {string} provider
 * @param {string} [accountId]
 */
export function connectAddress(provider, accountId) {
  return client.connectUrl(provider, { accountId });
}

/** The address of a sync's server-sent events. @param {string} accountId */
export function syncAddress(accountId) {
  return `${BASE}/sync/${encodeURIComponent(accountId)}`;
}
