// Asking an administrator: makes the link, shows it to copy, and says what became of it.

import { noticeOf } from './administrator-notice.js';
import { ADMINISTRATOR, noLinkTitle } from './administrator-words.js';
import { client } from './api.js';
import { askedBy, dropAsked, keepAsked } from './asked-requests.js';
import { CONNECT_RESULT } from './connected-notice.js';
import { isWaiting, make, setWaiting } from './dom.js';
import { asProblem, removeNotice, requestIdOf, showNotice } from './notices.js';
import { problemText } from './words.js';

/**
 * @typedef {import('./asked-requests.js').Asked} Asked
 * @typedef {import('./administrator-notice.js').Status} Status
 */

const KIND = 'administrator';
const POLL_MS = 4_000;

/** Who is signed in, and the names of the providers. */
let userId = '';
/** @type {ReadonlyMap<string, string>} */
let names = new Map();
/** @type {Map<string, Status>} the last known status of each request that is shown, by its id */
const shown = new Map();
/** @type {Set<string>} the ids of requests that are forgotten if they were answered already */
const unwanted = new Set();
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;

/**
 * Shows what became of the requests of a user who has signed in.
 * @param {string} user
 * @param {ReadonlyMap<string, string>} providerNames by id
 */
export function resumeRequests(user, providerNames) {
  stopRequests();
  userId = user;
  names = providerNames;
  check();
}

/** The user is signed out. */
export function stopRequests() {
  clearTimeout(timer);
  userId = '';
  shown.clear();
}

/**
 * An account was connected: a request that was answered before is of no use any more. One that still
 * waits may be for another organization.
 * @param {string} provider
 */
export function dropAnswered(provider) {
  const asked = requestAt(provider);
  if (asked === undefined) return;
  const status = shown.get(asked.requestId);
  if (status === undefined) unwanted.add(asked.requestId);
  else if (status !== 'pending') forgetRequest(provider);
}

/** @param {string} provider */
function forgetRequest(provider) {
  const gone = requestAt(provider);
  if (gone === undefined) return;
  dropAsked(userId, provider);
  shown.delete(gone.requestId);
  removeNotice(kindOf(provider));
}

/** @param {string} provider */
const requestAt = (provider) => askedBy(userId).find((asked) => asked.provider === provider);

/**
 * The button that asks, for any place that says that an administrator is needed.
 * @param {string} provider
 * @param {{ accountId?: string | null, text?: string, className?: string, label?: string }} [options]
 */
export function askButton(provider, options = {}) {
  const { accountId = null, text = ADMINISTRATOR.ask, className = 'small-button', label } = options;
  const button = make(
    `button.${className}`,
    {
      type: 'button',
      'aria-label': label,
      onclick: () => isWaiting(button) || ask(button, provider, accountId),
    },
    text,
  );
  return button;
}

/** @param {HTMLElement} button @param {string} provider @param {string | null} accountId */
async function ask(button, provider, accountId) {
  const user = userId;
  setWaiting(button, true);
  try {
    const before = requestAt(provider);
    if (before !== undefined && shown.get(before.requestId) === 'pending') return present(before);
    const { requestId, url, expiresAt } = await client.requestAdminConsent({
      path: { providerOrRequestId: provider },
    });
    if (user !== userId) return;
    const asked = { userId, provider, accountId, requestId, url, expiresAt };
    keepAsked(asked);
    present(asked);
    schedule();
  } catch (error) {
    showFailure(provider, asProblem(error));
  } finally {
    setWaiting(button, false);
  }
}

/** Shows a link in place of what led to it. @param {Asked} asked */
function present(asked) {
  removeNotice(CONNECT_RESULT);
  show(asked, 'pending').focus();
}

/** @param {string} provider @param {import('./api.js').Problem} problem */
function showFailure(provider, problem) {
  if (problem.status === 401) return;
  const isUnsupported = problem.code === 'admin_consent_unsupported';
  showNotice({
    tone: isUnsupported ? 'warn' : 'bad',
    kind: kindOf(provider),
    title: isUnsupported ? noLinkTitle(nameOf(provider)) : ADMINISTRATOR.failedTitle,
    text: problemText(problem),
    smallPrint: isUnsupported ? null : requestIdOf(problem),
  });
}

/** Reads what became of the requests that wait, and looks again later. */
async function check() {
  clearTimeout(timer);
  const user = userId;
  for (const asked of document.visibilityState === 'visible' ? waiting() : []) {
    const status = await statusOf(asked);
    if (user !== userId) return;
    const isUnwanted = unwanted.delete(asked.requestId) && status !== 'pending';
    if (status === 'gone' || isUnwanted) forgetRequest(asked.provider);
    // A notice that was dismissed comes back with news alone.
    else if (status !== null && shown.get(asked.requestId) !== status) show(asked, status);
  }
  schedule();
}

/** Looks again later, as long as a request waits. */
function schedule() {
  clearTimeout(timer);
  if (userId !== '' && waiting().length > 0) timer = setTimeout(check, POLL_MS);
}

/** The requests whose answer is not known. */
const waiting = () =>
  askedBy(userId).filter(({ requestId }) => (shown.get(requestId) ?? 'pending') === 'pending');

/** @param {Asked} asked @returns {Promise<Status | 'gone' | null>} null: it is not known now */
async function statusOf({ requestId }) {
  try {
    const path = { providerOrRequestId: requestId };
    return /** @type {Status} */ ((await client.getAdminConsent({ path })).status);
  } catch (error) {
    return asProblem(error).status === 404 ? 'gone' : null;
  }
}

/** Shows the notice of a request. @param {Asked} asked @param {Status} status */
function show(asked, status) {
  shown.set(asked.requestId, status);
  const { provider, accountId } = asked;
  return showNotice({
    kind: kindOf(provider),
    onDismiss: () => status === 'pending' || forgetRequest(provider),
    ...noticeOf(asked, status, {
      name: nameOf(provider),
      again: askButton(provider, { accountId, text: ADMINISTRATOR.askAgain }),
      // The answer is a hint. Where the provider refuses again, the page says only that.
      onConnect: () => dropAsked(userId, provider),
    }),
  });
}

/** @param {string} provider */
const kindOf = (provider) => `${KIND}-${provider}`;

/** @param {string} provider */
const nameOf = (provider) => names.get(provider) ?? provider;

document.addEventListener('visibilitychange', () => {
  if (userId !== '') check();
});
