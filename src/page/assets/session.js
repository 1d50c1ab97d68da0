// Who is using the page: demo sign-in where there is one, and the browser session. The JWT itself is never kept.

import { call } from './api.js';

/** What this tab's neighbours may know of who signed in here: a name and a role, nothing that opens a door. */
const REMEMBERED = 'calendar-connect.demo-user';

/** @typedef {{ userId: string | null, admin: boolean, endsAt: number | null }} Somebody */

/** @returns {Promise<{ demoSignIn: boolean }>} */
export const readFacts = () => call('GET', '/page/facts.json');

/** Signs in as a product would: a JWT in hand, then a session in its place. @param {'user' | 'admin'} as */
export async function signInAs(as) {
  const { token, expiresAt, userId } = await call('POST', '/demo-sign-in', { body: { as } });
  await call('POST', '/session', { token, quiet: true });
  remember({ userId, admin: as === 'admin', endsAt: Date.parse(expiresAt) });
}

export async function signOut() {
  await call('DELETE', '/session', { quiet: true });
  forget();
}

/**
 * Who is signed in, once some call has shown that somebody is. A session opened elsewhere is known by what it may see:
 * its own accounts name the user, and only an admin is shown those of others.
 * @param {boolean} demo
 * @returns {Promise<Somebody>}
 */
export async function findSomebody(demo) {
  const [own, seen] = await Promise.all([
    call('GET', '/accounts?userId=me&limit=1'),
    call('GET', '/accounts?limit=200'),
  ]);
  /** @type {string | null} */
  const userId = own.data[0]?.userId ?? null;
  const seesOthers = seen.data.some((/** @type {{ userId: string }} */ account) => account.userId !== userId);
  const remembered = demo ? recall() : null;
  if (remembered !== null && (userId === null || remembered.userId === userId) && (remembered.admin || !seesOthers))
    return remembered;
  return { userId, admin: seesOthers, endsAt: null };
}

/** @param {Somebody} somebody */
function remember(somebody) {
  try {
    localStorage.setItem(REMEMBERED, JSON.stringify(somebody));
  } catch {
    // Storage may be forbidden; then the name is simply not shown.
  }
}

export function forget() {
  try {
    localStorage.removeItem(REMEMBERED);
  } catch {
    // As above.
  }
}

/** @returns {Somebody | null} */
function recall() {
  try {
    const { userId, admin, endsAt } = JSON.parse(localStorage.getItem(REMEMBERED) ?? '{}');
    return typeof userId === 'string' && typeof admin === 'boolean' && typeof endsAt === 'number'
      ? { userId, admin, endsAt }
      : null;
  } catch {
    return null;
  }
}

/** Calls back when somebody signs in or out in another tab of this browser. @param {() => void} listener */
export function whenChangedElsewhere(listener) {
  window.addEventListener('storage', ({ key }) => {
    if (key === REMEMBERED) listener();
  });
}
