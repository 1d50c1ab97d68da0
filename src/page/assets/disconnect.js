// Disconnecting: asks first, then says what was done.

import { call } from './api.js';
import { byId, fill, hold, isHeld, linkOut, make, webAddress } from './dom.js';
import { showProblem, tell } from './notices.js';
import { disconnectedWords } from './words.js';

/**
 * @param {import('./api.js').Account} account
 * @param {string} providerName
 * @param {() => void} gone called once the account is no more
 */
export function askToDisconnect(account, providerName, gone) {
  const dialog = /** @type {HTMLDialogElement} */ (byId('dialog'));
  const name = account.email ?? account.displayName ?? `this ${providerName} account`;
  const place = make('div');
  const cancel = make(
    'button',
    { type: 'button', autofocus: true, onclick: () => dialog.close() },
    'Keep it',
  );
  const confirm = make(
    'button.danger',
    { type: 'button', onclick: () => disconnect() },
    'Disconnect',
  );
  fill(
    dialog,
    make('h2', { id: 'dialog-title' }, `Disconnect ${name}?`),
    make(
      'p',
      {},
      `Syncing stops, and the calendars and events kept here are forgotten. Where ${providerName} allows it, the access you gave is taken back too.`,
    ),
    make('p.soft', {}, `Your calendars at ${providerName} stay as they are.`),
    place,
    make('div.dialog-actions', {}, cancel, confirm),
  );
  dialog.showModal();

  async function disconnect() {
    if (isHeld(confirm)) return;
    hold(confirm, true);
    confirm.textContent = 'Disconnecting…';
    try {
      const done = await call('DELETE', `/accounts/${account.id}`);
      const manage = webAddress(done.manageUrl);
      dialog.close();
      gone();
      fill(byId('notices')); // whatever was told of it before is no longer so
      tell({
        tone: 'good',
        title: `${name} is disconnected`,
        text: `${disconnectedWords(done, providerName)} Its calendars and events are no longer kept here.`,
        links:
          manage === null ? [] : [linkOut(manage, `See your connected apps at ${providerName}`)],
      }).focus();
    } catch (error) {
      hold(confirm, false);
      confirm.textContent = 'Disconnect';
      showProblem(place, error);
      if (/** @type {{ status?: number }} */ (error).status === 404) gone();
    }
  }
}
