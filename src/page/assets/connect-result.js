// The result of connecting: takes it out of the address, verifies it and shows it once.

import { askButton } from './administrator.js';
import { client, connectAddress } from './api.js';
import { CONNECT_RESULT } from './connected-notice.js';
import { make } from './dom.js';
import { asProblem, removeNotice, requestIdOf, showNotice } from './notices.js';
import {
  connectAgainLabel,
  explainConnectError,
  finishingTitle,
  notFinishedText,
} from './outcome-words.js';
import { problemText, TEXT } from './words.js';

/** @typedef {import('./api.js').Account} Account */
/**
 * @typedef {{ status: string, provider: string | null, accountId: string | null, error: string |
 *   null, ticket: string | null }} ConnectResult
 */

const PARAMETERS = ['status', 'provider', 'accountId', 'error', 'ticket'];
const STATUSES = ['success', 'error', 'pending'];

/**
 * Takes the result out of the address, so that a reload or a bookmark does not show it again.
 * @returns {ConnectResult | null}
 */
export function takeResult() {
  const url = new URL(location.href);
  const [status, provider = null, accountId = null, error = null, ticket = null] = PARAMETERS.map(
    (name) => url.searchParams.get(name),
  );
  if (status === null || status === undefined) return null;
  for (const name of PARAMETERS) url.searchParams.delete(name);
  history.replaceState(null, '', url.pathname + url.search + url.hash);
  return STATUSES.includes(status) ? { status, provider, accountId, error, ticket } : null;
}

/**
 * The account that was connected; null if none was, which the page then says. Anyone can send a
 * link with a result, so a success is believed only of an account that the API returns as the
 * caller's own.
 * @param {ConnectResult} result
 * @param {ReadonlyMap<string, string>} names of the providers by id
 * @param {string} userId of the caller
 * @returns {Promise<Account | null>}
 */
export async function connectedAccount(result, names, userId) {
  if (result.status === 'success') return ownAccount(result.accountId, userId);
  if (result.status === 'pending' && result.ticket !== null)
    return finish(result, result.ticket, names);
  showFailure(result, names);
  return null;
}

/** @param {string | null} accountId from the address @param {string} userId */
async function ownAccount(accountId, userId) {
  if (accountId === null) return null;
  try {
    /** @type {Account} */
    const account = await client.getAccount({ path: { accountId } });
    // An admin can read the accounts of others.
    return account.userId === userId && account.id === accountId.toLowerCase() ? account : null;
  } catch (error) {
    asProblem(error); // Without the account, nothing is known of the connection.
    return null;
  }
}

/**
 * Completes a pending connection.
 * @param {ConnectResult} result
 * @param {string} ticket
 * @param {ReadonlyMap<string, string>} names
 * @returns {Promise<Account | null>}
 */
async function finish(result, ticket, names) {
  const name = names.get(result.provider ?? '') ?? null;
  showNotice({ tone: 'plain', kind: CONNECT_RESULT, title: finishingTitle(name) });
  try {
    const account = await client.completeConnection({ body: { ticket } });
    removeNotice(CONNECT_RESULT);
    return account;
  } catch (error) {
    const problem = asProblem(error);
    if (problem.code === 'network')
      showNotice({
        tone: 'bad',
        kind: CONNECT_RESULT,
        title: TEXT.connecting.notFinished,
        text: notFinishedText(problemText(problem)),
      });
    else showFailure({ ...result, error: problem.code }, names, requestIdOf(problem));
    return null;
  }
}

/**
 * Shows why nothing was connected. The notice holds only our own texts and names from the API,
 * never a text from the address.
 * @param {ConnectResult} result
 * @param {ReadonlyMap<string, string>} names empty while no one is signed in
 * @param {string | null} smallPrint
 */
export function showFailure({ provider, error }, names, smallPrint = null) {
  const name = names.get(provider ?? '') ?? null;
  const { title, text, again } = explainConnectError(error, name);
  const isKnown = name !== null && provider !== null;
  const links = [
    ...(isKnown && error === 'admin_consent_required' ? [askButton(provider)] : []),
    ...(isKnown && again
      ? [make('a', { href: connectAddress(provider) }, connectAgainLabel(name))]
      : []),
  ];
  showNotice({ tone: 'bad', kind: CONNECT_RESULT, title, text, links, smallPrint });
}
