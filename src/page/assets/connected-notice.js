// The notice about an account that was just connected. It follows the account's first sync.

import { hasReadNoCalendar, isWithoutMailbox, needsUser } from './account-state.js';
import { accountLabel } from './account-words.js';
import { isUnderWay } from './follow-sync.js';
import { removeNotice, showNotice } from './notices.js';
import {
  connectedTitle,
  importedText,
  noCalendarTitle,
  notImportedText,
  partlyText,
} from './outcome-words.js';
import { TEXT } from './words.js';

/** The kind of the notices about the result of connecting. */
export const CONNECT_RESULT = 'connect-result';

/** @typedef {import('./api.js').Account} Account */

/** Shows what is true of the account until its first sync has ended. */
export class ConnectedNotice {
  /** @param {Account} account @param {string} providerName */
  constructor(account, providerName) {
    this.accountId = account.id;
    this.providerName = providerName;
    /** Whether the notice has said how the import ended, or was dismissed. */
    this.isFinal = false;
  }

  /**
   * Says what is true now. After the end of the import nothing changes any more.
   * @param {Account} account
   * @param {{ hasNoCalendar: boolean, isCounted: boolean }} facts `isCounted`: the account's
   *   calendars were counted after its last sync
   */
  update(account, { hasNoCalendar, isCounted }) {
    if (account.id !== this.accountId) return;
    // Another notice says what the user has to do.
    if (needsUser(account) || account.status === 'disconnecting') return this.remove();
    if (this.isFinal) return;
    const { sync, lastSyncedAt } = account;
    if (hasNoCalendar || isWithoutMailbox(account))
      return this.end('warn', noCalendarTitle(accountLabel(account, this.providerName)), '');
    const title = connectedTitle(this.providerName);
    if (hasReadNoCalendar(account) && !isCounted)
      return this.show('good', title, TEXT.connecting.looking);
    if (isUnderWay(sync)) this.show('good', title, underWayText(sync));
    else if (sync.error !== null)
      this.show('plain', title, sync.state === 'idle' ? partlyText(sync) : notImportedText(sync));
    else if (lastSyncedAt !== null) this.end('good', title, importedText(sync));
    else this.show('good', title, '');
  }

  /** @param {'good' | 'warn' | 'plain'} tone @param {string} title @param {string} text */
  show(tone, title, text) {
    const onDismiss = () => {
      this.isFinal = true;
    };
    showNotice({ tone, kind: CONNECT_RESULT, title, text, onDismiss });
  }

  /** @param {'good' | 'warn'} tone @param {string} title @param {string} text */
  end(tone, title, text) {
    this.show(tone, title, text);
    this.isFinal = true;
  }

  /** The notice does not hold any more: the account is gone, or needs its user. */
  remove() {
    this.isFinal = true;
    removeNotice(CONNECT_RESULT);
  }
}

/** @param {import('./api.js').Sync} sync */
const underWayText = ({ state, phase }) =>
  state === 'queued' || phase === null || phase === 'calendars'
    ? TEXT.connecting.looking
    : TEXT.connecting.importing;
