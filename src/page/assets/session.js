// The session: demo sign-in, sign-out, and changes in other tabs. No token is stored.

import { quietClient } from './api.js';

/** The storage key that tells other tabs about a sign-in or sign-out. Its value does not matter. */
const CHANGED = 'calendar-connect.session-changed';

/** @typedef {{ userId: string, admin: boolean, expiresAt: string | null }} Session */

/**
 * Reads what the page has to know about the service.
 * @returns {Promise<{ demoSignIn: boolean }>}
 */
export const readFacts = async () => (await quietClient.request('GET', '/page/facts.json')).json();

/** Reads the session; null when no one is signed in. @returns {Promise<Session | null>} */
export const readSession = () => quietClient.getSession();

/**
 * Signs in as a product does: it gets a JWT and exchanges it for a session.
 * @param {'user' | 'admin'} role
 */
export async function signInAs(role) {
  const response = await quietClient.request('POST', '/demo-sign-in', { body: { as: role } });
  const { token } = await response.json();
  await quietClient.createSession({ headers: { Authorization: `Bearer ${token}` } });
  notifyOtherTabs();
}

/** Ends the session. @throws {import('./api.js').Problem} */
export async function signOut() {
  await quietClient.deleteSession();
  notifyOtherTabs();
}

function notifyOtherTabs() {
  try {
    localStorage.setItem(CHANGED, String(Date.now()));
  } catch {
    // The browser may forbid storage. Then other tabs notice at their next request.
  }
}

/**
 * Calls `listener` when another tab of this browser signs in or out.
 * @param {() => void} listener
 */
export function onChangeInOtherTab(listener) {
  window.addEventListener('storage', ({ key }) => {
    if (key === CHANGED) listener();
  });
}
