// The session: demo sign-in, sign-out, and changes in other tabs. No token is stored.

import { call } from './api.js';

/** The storage key that tells other tabs about a sign-in or sign-out. Its value does not matter. */
const CHANGED = 'calendar-connect.session-changed';

/** @typedef {{ userId: string, admin: boolean, expiresAt: string | null }} Session */

/**
 * Reads what the page has to know about the service.
 * @returns {Promise<{ demoSignIn: boolean }>}
 */
export const readFacts = () => call('GET', '/page/facts.json');

/** Reads the session; null when no one is signed in. @returns {Promise<Session | null>} */
export const readSession = () => call('GET', '/session', { quiet: true });

/**
 * Signs in as a product does: it gets a JWT and exchanges it for a session.
 * @param {'user' | 'admin'} role
 */
export async function signInAs(role) {
  const { token } = await call('POST', '/demo-sign-in', { body: { as: role } });
  await call('POST', '/session', { token, quiet: true });
  notifyOtherTabs();
}

/** Ends the session. @throws {import('./api.js').Problem} */
export async function signOut() {
  await call('DELETE', '/session', { quiet: true });
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
