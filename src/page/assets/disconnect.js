// Disconnecting an account: asks for confirmation, disconnects, and shows the result.

import { client } from './api.js';
import { CONNECT_RESULT } from './connected-notice.js';
import { byId, fill, isWaiting, linkOut, make, setWaiting, webAddress } from './dom.js';
import { removeNotice, showNotice, showProblem } from './notices.js';
import {
  connectedAppsLabel,
  disconnectedText,
  disconnectedTitle,
  disconnectTexts,
  disconnectTitle,
  unnamedAccount,
} from './outcome-words.js';
import { TEXT } from './words.js';

const KIND = 'disconnected';

/**
 * @param {import('./api.js').Account} account
 * @param {{ providerName: string, isOwn: boolean, onGone: () => void }} options `onGone` is called
 *   when the account no longer exists
 */
export function askToDisconnect(account, { providerName, isOwn, onGone }) {
  const dialog = /** @type {HTMLDialogElement} */ (byId('dialog'));
  const name = account.email ?? account.displayName ?? unnamedAccount(providerName);
  const [what, unchanged] = disconnectTexts(providerName);
  const problem = make('div');
  const cancel = make(
    'button',
    { type: 'button', autofocus: true, onclick: () => dialog.close() },
    TEXT.cancel,
  );
  const confirm = make(
    'button.danger',
    { type: 'button', onclick: () => disconnect() },
    TEXT.account.disconnect,
  );
  fill(
    dialog,
    make('h2', { id: 'dialog-title' }, disconnectTitle(name)),
    make('p', {}, what),
    make('p.soft', {}, unchanged),
    problem,
    make('div.dialog-actions', {}, cancel, confirm),
  );
  dialog.showModal();

  async function disconnect() {
    if (isWaiting(confirm)) return;
    setWaiting(confirm, true);
    confirm.textContent = TEXT.account.disconnecting;
    try {
      const result = await client.disconnectAccount({ path: { accountId: account.id } });
      const manage = webAddress(result.manageUrl);
      dialog.close();
      onGone();
      removeNotice(CONNECT_RESULT); // it may be about this account
      showNotice({
        tone: 'good',
        kind: KIND,
        title: disconnectedTitle(name),
        text: disconnectedText(result, providerName, isOwn),
        // It would lead an admin to the connected apps of their own account.
        links: manage === null || !isOwn ? [] : [linkOut(manage, connectedAppsLabel(providerName))],
      }).focus();
    } catch (error) {
      setWaiting(confirm, false);
      confirm.textContent = TEXT.account.disconnect;
      showProblem(problem, error);
      if (/** @type {{ status?: number }} */ (error).status === 404) onGone();
    }
  }
}
