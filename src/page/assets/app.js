// The page: finds out who is here, and shows them their connected accounts. It uses only the public API.

import { AccountList } from './account-list.js';
import { call, connectAddress, Problem, whenSignedOut } from './api.js';
import { byId, fill, make, monogram } from './dom.js';
import { asProblem, isTold, showProblem, tell, withdraw } from './notices.js';
import { findSomebody, readFacts, signOut, whenChangedElsewhere } from './session.js';
import { takeReturn, tellReturn } from './way-back.js';
import { welcome } from './welcome.js';

const REFRESH_MS = 30_000;
const AWAY = 'away';

const view = byId('view');
let demoSignIn = false;
/** @type {AccountList | null} */
let accounts = null;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let sessionEnd;
let outcome = takeReturn();

/** Looks who is here and shows what is theirs. */
async function open() {
  try {
    ({ demoSignIn } = await readFacts());
    const somebody = await findSomebody();
    if (somebody === null) return openWelcome();
    await openAccounts(somebody);
  } catch (error) {
    if (error instanceof Problem && error.status === 401) return openWelcome();
    close();
    const place = make('div');
    fill(view, place);
    showProblem(place, asProblem(error), open);
    view.removeAttribute('aria-busy');
  }
}

/** @param {import('./session.js').Somebody} somebody */
async function openAccounts(somebody) {
  const { data: providers } = await call('GET', '/providers', { quiet: true });
  const list = new AccountList(somebody, providers);
  await list.load({ rethrow: true });
  close();
  accounts = list;
  if (somebody.expiresAt !== null)
    sessionEnd = setTimeout(
      sessionEnded,
      Math.min(Date.parse(somebody.expiresAt) - Date.now(), 2 ** 31 - 1),
    );
  fill(
    byId('who'),
    make(
      'span',
      {},
      'Signed in as ',
      make('strong', {}, somebody.userId),
      somebody.admin && ' (admin)',
    ),
    make('button.small-button', { type: 'button', onclick: leave }, 'Sign out'),
  );
  fill(
    view,
    make('h1', {}, 'Connected accounts'),
    make(
      'p.lede',
      {},
      somebody.admin
        ? 'Everyone’s connected accounts. What is in a calendar stays between it and its owner.'
        : 'Connect the calendars you use. What is coming shows up below, and stays in sync.',
    ),
    make('nav.connect', { 'aria-label': 'Connect an account' }, ...providers.map(connectButton)),
    list.element,
  );
  view.removeAttribute('aria-busy');
  if (outcome !== null) await finishReturn(list);
}

/** @param {import('./api.js').Provider} provider */
function connectButton({ id, name }) {
  return make(
    'a.connect-button',
    { href: connectAddress(id) },
    monogram(id, name),
    make('span', {}, `Connect ${name}`),
  );
}

/** @param {AccountList} list */
async function finishReturn(list) {
  const returned = outcome;
  outcome = null;
  if (returned === null) return;
  const accountId = await tellReturn(returned, list.names);
  if (accountId === null) return;
  if (!list.highlight(accountId)) await list.load();
  list.highlight(accountId);
}

function openWelcome() {
  close();
  fill(byId('who'));
  const onSignedIn = () => {
    fill(byId('notices'));
    open();
  };
  fill(view, welcome({ demoSignIn, onSignedIn }));
  view.removeAttribute('aria-busy');
  if (outcome === null) return;
  if (outcome.status === 'pending') {
    // The ticket waits for the user it belongs to.
    tell({
      tone: 'plain',
      title: 'Sign in to finish the connection',
      text: 'It waits for a few minutes.',
    });
    return;
  }
  tellReturn(outcome, new Map());
  outcome = null;
}

function close() {
  clearTimeout(sessionEnd);
  accounts?.close();
  accounts = null;
  /** @type {HTMLDialogElement} */ (byId('dialog')).close();
}

function sessionEnded() {
  if (accounts === null) return;
  openWelcome();
  fill(byId('notices'));
  tell({
    tone: 'plain',
    title: 'Your session has ended',
    text: 'Sign in again to go on. Your connected accounts are as they were.',
  });
}

async function leave() {
  try {
    await signOut();
  } catch (error) {
    if (asProblem(error).status !== 401)
      return void tell({
        tone: 'bad',
        kind: AWAY,
        title: 'You are still signed in',
        text: asProblem(error).detail,
      });
  }
  fill(byId('notices'));
  openWelcome();
  byId('main').focus();
}

/** Things change without this page: syncs on schedule, and accounts in other tabs. */
async function refresh() {
  if (document.visibilityState !== 'visible' || accounts === null) return;
  accounts.tick();
  try {
    await accounts.refresh();
    withdraw(AWAY);
  } catch (error) {
    const problem = asProblem(error);
    if (problem.status === 401 || isTold(AWAY)) return;
    const again = make('button.small-button', { type: 'button', onclick: refresh }, 'Try now');
    tell({
      tone: 'bad',
      kind: AWAY,
      title: 'What you see may be out of date',
      text: `${problem.detail} This page keeps trying.`,
      links: [again],
    });
  }
}

whenSignedOut(sessionEnded);
whenChangedElsewhere(open);
setInterval(refresh, REFRESH_MS);
document.addEventListener('visibilitychange', refresh);
window.addEventListener('pageshow', ({ persisted }) => persisted && refresh());
open();
