// Who is using the page: demo sign-in where there is one, and the browser session. Nothing of it is kept here.

import { call } from './api.js';

/** Written to tell this browser's other tabs that somebody has signed in or out; what it says is of no matter. */
const CHANGED = 'calendar-connect.session-changed';

/** @typedef {{ userId: string, admin: boolean, expiresAt: string | null }} Somebody */

/** @returns {Promise<{ demoSignIn: boolean }>} */
export const readFacts = () => call('GET', '/page/facts.json');

/** Who is signed in; null when nobody is. @returns {Promise<Somebody | null>} */
export const findSomebody = () => call('GET', '/session', { quiet: true });

/** Signs in as a product would: a JWT in hand, then a session in its place. @param {'user' | 'admin'} as */
export async function signInAs(as) {
  const { token } = await call('POST', '/demo-sign-in', { body: { as } });
  await call('POST', '/session', { token, quiet: true });
  tellOtherTabs();
}

export async function signOut() {
  await call('DELETE', '/session', { quiet: true });
  tellOtherTabs();
}

function tellOtherTabs() {
  try {
    localStorage.setItem(CHANGED, String(Date.now()));
  } catch {
    // Storage may be forbidden; then the other tabs find out by themselves.
  }
}

/** Calls back when somebody signs in or out in another tab of this browser. @param {() => void} listener */
export function whenChangedElsewhere(listener) {
  window.addEventListener('storage', ({ key }) => {
    if (key === CHANGED) listener();
  });
}
