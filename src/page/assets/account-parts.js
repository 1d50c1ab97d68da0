// The elements of an account's card.

import { needsAdministrator } from './account-state.js';
import { labelOf, reconnectLabel } from './account-words.js';
import { askButton } from './administrator.js';
import { ADMINISTRATOR } from './administrator-words.js';
import { connectAddress } from './api.js';
import { make, monogram } from './dom.js';
import { TEXT } from './words.js';

/** @typedef {import('./api.js').Account} Account */
/**
 * @typedef {{ providerName: string, isOwn: boolean, showOwner: boolean, label: string,
 *   syncLine: HTMLElement, contents: (HTMLElement | undefined)[], onSync: () => void,
 *   onDisconnect: () => void, onOpen: () => void }} Options `label` tells the account from others;
 *   `contents`: the calendars and the events; `onOpen` is called when they are shown
 */

/**
 * Creates the elements of a card.
 * @param {Account} account
 * @param {Options} options
 */
export function accountParts(account, options) {
  const { providerName, isOwn, showOwner, label, contents, onOpen } = options;
  const nameId = `name-${account.id}`;
  const addressId = `address-${account.id}`;
  const name = make('h2.account-name', { id: nameId });
  const address = make('p.account-address.soft', { id: addressId });
  const status = make('p.status', { 'aria-live': 'polite' });
  const problem = make('div');
  const { syncButton, reconnect, askAdministrator, disconnect } = buttons(account, options);
  const contentsTitle = isOwn ? TEXT.account.contents : TEXT.account.contentsForAdmin;
  const more = /** @type {HTMLDetailsElement} */ (
    make(
      'details.account-more',
      { ontoggle: () => more.open && onOpen() },
      make('summary', { 'aria-label': labelOf(contentsTitle, label) }, contentsTitle),
      make('div.account-contents', {}, ...contents),
    )
  );
  if (!isOwn) contents[0]?.append(make('p.small.soft', {}, TEXT.account.ownerOnly));
  const owner =
    showOwner && make('p.small', {}, TEXT.account.owner, make('code', {}, account.userId));
  const element = make(
    'article.card.account',
    { 'aria-labelledby': `${nameId} ${addressId}`, 'data-account': account.id, tabindex: '-1' },
    make(
      'header.account-head',
      {},
      monogram(account.provider, providerName),
      make('div.account-who', {}, name, address, owner),
      status,
    ),
    make(
      'div.account-now',
      {},
      options.syncLine,
      make('div.account-actions', {}, askAdministrator, reconnect, syncButton, disconnect),
    ),
    problem,
    more,
  );
  const actions = { syncButton, reconnect, askAdministrator, disconnect };
  return { element, name, address, status, problem, ...actions, more };
}

/** @param {Account} account @param {Options} options */
function buttons(account, { label, onSync, onDisconnect }) {
  const { syncNow, disconnect } = TEXT.account;
  return {
    syncButton: make(
      'button',
      { type: 'button', onclick: onSync, 'aria-label': labelOf(syncNow, label) },
      syncNow,
    ),
    reconnect: make(
      'a.button.primary',
      {
        href: connectAddress(account.provider, account.id),
        hidden: true,
        'aria-label': reconnectLabel(label),
      },
      TEXT.account.reconnect,
    ),
    askAdministrator: askButton(account.provider, {
      accountId: account.id,
      className: 'primary',
      label: labelOf(ADMINISTRATOR.ask, label),
    }),
    disconnect: make(
      'button.quiet',
      { type: 'button', onclick: onDisconnect, 'aria-label': labelOf(disconnect, label) },
      disconnect,
    ),
  };
}

/**
 * Shows the buttons that fit the state of the account.
 * @param {ReturnType<typeof accountParts>} parts
 * @param {Account} account
 * @param {{ isOwn: boolean, hasNoCalendar: boolean }} facts
 */
export function showActions(parts, account, { isOwn, hasNoCalendar }) {
  const { syncButton, reconnect, askAdministrator, disconnect } = parts;
  const { status } = account;
  // A button that is hidden loses the focus.
  const hadFocus = document.activeElement === syncButton;
  syncButton.hidden = status !== 'connected';
  disconnect.hidden = status === 'disconnecting';
  reconnect.hidden = status !== 'reauthorization_required' || hasNoCalendar || !isOwn;
  askAdministrator.hidden = reconnect.hidden || !needsAdministrator(account);
  reconnect.classList.toggle('primary', askAdministrator.hidden);
  if (hadFocus && syncButton.hidden) reconnect.focus();
}
