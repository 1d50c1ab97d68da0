// The requests to administrators that this browser keeps: a day may pass until one is answered.

/**
 * @typedef {{ userId: string, provider: string, accountId: string | null, requestId: string,
 *   url: string, expiresAt: string }} Asked `accountId`: the account to reconnect; null for a new one
 */

/** The storage key. */
const STORED = 'calendar-connect.asked-administrators';

/** The requests of a user. @param {string} userId */
export const askedBy = (userId) => stored().filter((asked) => asked.userId === userId);

/** Keeps a request in place of the one before at the same provider. @param {Asked} asked */
export function keepAsked(asked) {
  dropAsked(asked.userId, asked.provider);
  store([...stored(), asked]);
}

/** @param {string} userId @param {string} provider */
export function dropAsked(userId, provider) {
  store(stored().filter((asked) => asked.userId !== userId || asked.provider !== provider));
}

/** The requests of all users of this browser. @returns {Asked[]} */
function stored() {
  try {
    const kept = JSON.parse(localStorage.getItem(STORED) ?? '[]');
    return Array.isArray(kept) ? kept.filter(isAsked) : [];
  } catch {
    return [];
  }
}

/** @param {any} one @returns {one is Asked} */
const isAsked = (one) =>
  ['userId', 'provider', 'requestId', 'url', 'expiresAt'].every(
    (name) => typeof one?.[name] === 'string',
  );

/** @param {Asked[]} asked */
function store(asked) {
  try {
    if (asked.length === 0) localStorage.removeItem(STORED);
    else localStorage.setItem(STORED, JSON.stringify(asked));
  } catch {
    // The browser may forbid storage. Then the link is lost with this page.
  }
}
