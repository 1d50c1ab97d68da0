// The notice about the reader's accounts that have to be reconnected, and their number in the title.

import { needsAdministrator } from './account-state.js';
import {
  accountLabel,
  attentionText,
  attentionTitle,
  labelOf,
  pageTitle,
  reconnectLabel,
} from './account-words.js';
import { askButton } from './administrator.js';
import { ADMINISTRATOR } from './administrator-words.js';
import { connectAddress } from './api.js';
import { make } from './dom.js';
import { removeNotice, showNotice } from './notices.js';

const KIND = 'attention';
/** The notice links to at most this many accounts. They are also the first ones of the list. */
const MAX_LINKS = 5;

/** The accounts of the notice that the reader has dismissed. It is not shown again for them. */
let dismissed = '';

/**
 * Shows which accounts need the reader, or removes the notice if none does.
 * @param {import('./api.js').Account[]} accounts the reader's own
 * @param {ReadonlyMap<string, string>} names of the providers by id
 */
export function showAttention(accounts, names) {
  document.title = pageTitle(accounts.length);
  const key = accounts.map(({ id, statusReason }) => `${id} ${statusReason}`).join();
  if (key !== dismissed) dismissed = '';
  if (key === '' || dismissed !== '') return removeNotice(KIND);
  const labels = accounts.map((account) =>
    accountLabel(account, names.get(account.provider) ?? account.provider),
  );
  showNotice({
    tone: 'warn',
    kind: KIND,
    isFirst: true,
    title: attentionTitle(labels),
    text: attentionText(accounts),
    links: accounts
      .slice(0, MAX_LINKS)
      .flatMap((account, index) => linksOf(account, labels[index] ?? '')),
    onDismiss: () => {
      dismissed = key;
    },
  });
}

/** @param {import('./api.js').Account} account @param {string} label */
function linksOf(account, label) {
  const { id, provider } = account;
  const reconnect = make('a', { href: connectAddress(provider, id) }, reconnectLabel(label));
  if (!needsAdministrator(account)) return [reconnect];
  return [
    askButton(provider, { accountId: id, label: labelOf(ADMINISTRATOR.ask, label) }),
    reconnect,
  ];
}

/** Removes the notice and the number in the title. */
export function clearAttention() {
  showAttention([], new Map());
}
