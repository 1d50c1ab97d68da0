// The way back from a provider: what the address says, told once and then wiped from it.

import { call, connectAddress } from './api.js';
import { make } from './dom.js';
import { asProblem, requestIdWords, tell } from './notices.js';
import { explainReturn } from './words.js';

/** @typedef {{ status: string, provider: string | null, accountId: string | null, error: string | null, ticket: string | null }} Return */

const PARAMETERS = ['status', 'provider', 'accountId', 'error', 'ticket'];
const KIND = 'way-back';

/** Takes the outcome out of the address, so that neither a reload nor a bookmark tells it again. @returns {Return | null} */
export function takeReturn() {
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
 * Tells how it went; nothing of it is shown but words of our own and names the API gave.
 * @param {Return} outcome
 * @param {ReadonlyMap<string, string>} names of the providers that can be connected; empty while nobody is signed in
 * @returns {Promise<string | null>} the account that was connected
 */
export async function tellReturn(outcome, names) {
  const name = names.get(outcome.provider ?? '') ?? null;
  if (outcome.status === 'success') {
    tellConnected(name);
    return outcome.accountId;
  }
  if (outcome.status !== 'pending' || outcome.ticket === null) {
    tellFailure(outcome, name, outcome.error, null);
    return null;
  }
  tell({
    tone: 'plain',
    kind: KIND,
    title: `Finishing the connection${name === null ? '' : ` with ${name}`}…`,
  });
  try {
    const account = await call('POST', '/complete', { body: { ticket: outcome.ticket } });
    tellConnected(name);
    return account.id;
  } catch (error) {
    const problem = asProblem(error);
    if (problem.code === 'network')
      tell({
        tone: 'bad',
        kind: KIND,
        title: 'The connection could not be finished',
        text: `${problem.detail} Then connect again.`,
      });
    else tellFailure(outcome, name, problem.code, requestIdWords(problem));
    return null;
  }
}

/** @param {string | null} name */
function tellConnected(name) {
  tell({
    tone: 'good',
    kind: KIND,
    title: name === null ? 'Connected' : `${name} is connected`,
    text: 'Its calendars are being read; their events show below as they come in.',
  });
}

/** @param {Return} outcome @param {string | null} name @param {string | null} code @param {string | null} smallPrint */
function tellFailure(outcome, name, code, smallPrint) {
  const { title, text, again } = explainReturn(code, name);
  const links =
    again && name !== null && outcome.provider !== null
      ? [make('a', { href: connectAddress(outcome.provider) }, `Connect ${name} again`)]
      : [];
  tell({ tone: 'bad', kind: KIND, title, text, links, smallPrint });
}
