// The entry point of the page: shows the welcome page or the connected accounts.

import { AccountList } from './account-list.js';
import { dropAnswered, resumeRequests, stopRequests } from './administrator.js';
import { BASE, connectAddress, onSessionEnd, Problem, quietClient } from './api.js';
import { clearAttention, showAttention } from './attention.js';
import { connectedAccount, showFailure, takeResult } from './connect-result.js';
import { ConnectedNotice } from './connected-notice.js';
import { byId, fill, make, monogram } from './dom.js';
import { asProblem, hasNotice, removeNotice, showNotice, showProblem } from './notices.js';
import { onChangeInOtherTab, readFacts, readSession, signOut } from './session.js';
import { welcome } from './welcome.js';
import { connectLabel, outOfDateText, problemText, TEXT } from './words.js';

const REFRESH_MS = 30_000;
/** The kind of the notices about a service that cannot be reached. */
const UNREACHABLE = 'unreachable';

const view = byId('view');
let demoSignIn = false;
/** @type {AccountList | null} */
let accounts = null;
/** @type {ConnectedNotice | null} */
let connected = null;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let sessionTimer;
let result = takeResult();

/** Reads the session and shows the page for it. */
async function open() {
  try {
    ({ demoSignIn } = await readFacts());
    if (demoSignIn) showReferences();
    const session = await readSession();
    if (session === null) return openWelcome();
    await openAccounts(session);
  } catch (error) {
    if (error instanceof Problem && error.status === 401) return openWelcome();
    close();
    const problem = make('div');
    fill(view, problem);
    showProblem(problem, asProblem(error), open);
    view.removeAttribute('aria-busy');
  }
}

/** @param {import('./session.js').Session} session */
async function openAccounts(session) {
  const { data: providers } = await quietClient.listProviders();
  const list = new AccountList(session, providers, showChange);
  await list.load({ rethrow: true });
  close();
  accounts = list;
  showChange(list);
  if (session.expiresAt !== null)
    sessionTimer = setTimeout(
      sessionEnded,
      Math.min(Date.parse(session.expiresAt) - Date.now(), 2 ** 31 - 1),
    );
  fill(
    byId('who'),
    make(
      'span',
      {},
      TEXT.signedInAs,
      make('strong', {}, session.userId),
      session.admin && TEXT.admin,
    ),
    make('button.small-button', { type: 'button', onclick: leave }, TEXT.signOut),
  );
  fill(
    view,
    make('h1', {}, TEXT.accounts.title),
    make('p.lede', {}, session.admin ? TEXT.accounts.forAdmin : TEXT.accounts.forUser),
    make(
      'nav.connect',
      { 'aria-label': TEXT.accounts.connectLabel },
      ...providers.map(connectButton),
    ),
    list.element,
  );
  view.removeAttribute('aria-busy');
  resumeRequests(session.userId, list.names);
  if (result !== null) await finishConnecting(list, session);
}

/** In local mode the reader is a developer, and the service has a root of its own. */
function showReferences() {
  const { reference, document, label } = TEXT.developers;
  fill(
    byId('developers'),
    label,
    make('a', { href: `${BASE}/../docs` }, reference),
    ', ',
    make('a', { href: `${BASE}/../openapi.json` }, document),
  );
}

/** @param {import('./api.js').Provider} provider */
function connectButton({ id, name }) {
  return make(
    'a.connect-button',
    { href: connectAddress(id) },
    monogram(id, name),
    make('span', {}, connectLabel(name)),
  );
}

/** @param {AccountList} list @param {import('./session.js').Session} session */
async function finishConnecting(list, { userId }) {
  const current = result;
  result = null;
  if (current === null) return;
  const account = await connectedAccount(current, list.names, userId);
  if (account === null || list !== accounts) return;
  dropAnswered(account.provider);
  list.highlight(account);
  connected = new ConnectedNotice(account, list.names.get(account.provider) ?? account.provider);
  showChange(list);
}

/** Shows in the notices what has changed in the list. @param {AccountList} list */
function showChange(list) {
  if (list !== accounts) return;
  showAttention(list.waiting(), list.names);
  if (connected === null) return;
  const card = list.cards.get(connected.accountId);
  if (card === undefined) connected.remove();
  else connected.update(card.account, card);
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
  // A success is verified after sign-in. Nothing is known of it before.
  if (result === null || result.status === 'success') return;
  if (result.status === 'pending') {
    // The result is kept: the connection is finished after sign-in.
    showNotice({
      tone: 'plain',
      title: TEXT.connecting.signInFirst,
      text: TEXT.connecting.signInFirstText,
    });
    return;
  }
  showFailure(result, new Map());
  result = null;
}

function close() {
  clearTimeout(sessionTimer);
  stopRequests();
  accounts?.close();
  accounts = null;
  connected = null;
  clearAttention();
  /** @type {HTMLDialogElement} */ (byId('dialog')).close();
}

function sessionEnded() {
  if (accounts === null) return;
  openWelcome();
  fill(byId('notices'));
  showNotice({
    tone: 'plain',
    title: TEXT.session.ended,
    text: TEXT.session.endedText,
  });
}

async function leave() {
  try {
    await signOut();
  } catch (error) {
    if (asProblem(error).status !== 401)
      return void showNotice({
        tone: 'bad',
        kind: UNREACHABLE,
        title: TEXT.session.signOutFailed,
        text: problemText(asProblem(error)),
      });
  }
  fill(byId('notices'));
  openWelcome();
  byId('main').focus();
}

/** Reads the accounts again: scheduled syncs and other tabs change them. */
async function refresh() {
  if (document.visibilityState !== 'visible' || accounts === null) return;
  accounts.tick();
  try {
    await accounts.refresh();
    removeNotice(UNREACHABLE);
  } catch (error) {
    const problem = asProblem(error);
    if (problem.status === 401 || hasNotice(UNREACHABLE)) return;
    const again = make('button.small-button', { type: 'button', onclick: refresh }, TEXT.tryNow);
    showNotice({
      tone: 'bad',
      kind: UNREACHABLE,
      title: TEXT.outOfDate,
      text: outOfDateText(problemText(problem)),
      links: [again],
    });
  }
}

/** @type {HTMLAnchorElement} */ (byId('brand')).href = BASE === '' ? '/' : BASE;
onSessionEnd(sessionEnded);
onChangeInOtherTab(open);
setInterval(refresh, REFRESH_MS);
document.addEventListener('visibilitychange', refresh);
window.addEventListener('pageshow', ({ persisted }) => persisted && refresh());
open();
