// The result of connecting: takes it out of the address and shows it once.

import { call, connectAddress } from './api.js';
import { make } from './dom.js';
import { asProblem, requestIdOf, showNotice } from './notices.js';
import {
  connectAgainLabel,
  connectedTitle,
  explainConnectError,
  finishingTitle,
  notFinishedText,
} from './outcome-words.js';
import { TEXT } from './words.js';

/**
 * @typedef {{ status: string, provider: string | null, accountId: string | null, error: string |
 *   null, ticket: string | null }} ConnectResult
 */

const PARAMETERS = ['status', 'provider', 'accountId', 'error', 'ticket'];
const KIND = 'connect-result';

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
  return { status, provider, accountId, error, ticket };
}

/**
 * Shows the result, and completes a pending connection first. The notice holds only our own texts
 * and names from the API, never a text from the address.
 * @param {ConnectResult} result
 * @param {ReadonlyMap<string, string>} names of the providers by id; empty while no one is signed
 *   in
 * @returns {Promise<string | null>} the id of the connected account
 */
export async function showResult(result, names) {
  const name = names.get(result.provider ?? '') ?? null;
  if (result.status === 'success') {
    showConnected(name);
    return result.accountId;
  }
  if (result.status !== 'pending' || result.ticket === null) {
    showFailure(result, name, result.error, null);
    return null;
  }
  showNotice({ tone: 'plain', kind: KIND, title: finishingTitle(name) });
  try {
    const account = await call('POST', '/complete', { body: { ticket: result.ticket } });
    showConnected(name);
    return account.id;
  } catch (error) {
    const problem = asProblem(error);
    if (problem.code === 'network')
      showNotice({
        tone: 'bad',
        kind: KIND,
        title: TEXT.connecting.notFinished,
        text: notFinishedText(problem.detail),
      });
    else showFailure(result, name, problem.code, requestIdOf(problem));
    return null;
  }
}

/** @param {string | null} name */
function showConnected(name) {
  showNotice({
    tone: 'good',
    kind: KIND,
    title: connectedTitle(name),
    text: TEXT.connecting.importing,
  });
}

/**
 * @param {ConnectResult} result
 * @param {string | null} name
 * @param {string | null} code
 * @param {string | null} smallPrint
 */
function showFailure(result, name, code, smallPrint) {
  const { title, text, again } = explainConnectError(code, name);
  const links =
    again && name !== null && result.provider !== null
      ? [make('a', { href: connectAddress(result.provider) }, connectAgainLabel(name))]
      : [];
  showNotice({ tone: 'bad', kind: KIND, title, text, links, smallPrint });
}
