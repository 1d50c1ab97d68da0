// The notice about a request to an administrator, by what became of it.

import { ADMINISTRATOR, connectNowLabel, grantedText, pendingText } from './administrator-words.js';
import { connectAddress } from './api.js';
import { make } from './dom.js';

/**
 * @typedef {import('./asked-requests.js').Asked} Asked
 * @typedef {'pending' | 'granted' | 'refused' | 'expired'} Status
 */

/**
 * What the notice says and offers.
 * @param {Asked} asked
 * @param {Status} status
 * @param {{ name: string, again: HTMLElement, onConnect: () => void }} parts `name`: of the provider;
 *   `again`: the button that asks again
 * @returns {Pick<import('./notices.js').Notice, 'tone' | 'title' | 'text' | 'links' | 'smallPrint'>}
 */
export function noticeOf(asked, status, { name, again, onConnect }) {
  const { provider, accountId, expiresAt } = asked;
  switch (status) {
    case 'granted': {
      const label = connectNowLabel(name, accountId !== null);
      const address = connectAddress(provider, accountId ?? undefined);
      return {
        tone: 'good',
        title: ADMINISTRATOR.grantedTitle,
        text: grantedText(name),
        links: [make('a.button.primary', { href: address, onclick: onConnect }, label)],
      };
    }
    case 'refused':
      return {
        tone: 'bad',
        title: ADMINISTRATOR.refusedTitle,
        text: ADMINISTRATOR.refusedText,
        links: [again],
      };
    case 'expired':
      return {
        tone: 'warn',
        title: ADMINISTRATOR.expiredTitle,
        text: ADMINISTRATOR.expiredText,
        links: [again],
      };
    default:
      return {
        tone: 'plain',
        title: ADMINISTRATOR.pendingTitle,
        text: pendingText(name, dayOf(expiresAt)),
        links: linkToCopy(asked),
        smallPrint: ADMINISTRATOR.waiting,
      };
  }
}

/** The link in a field, and a button that copies it. @param {Asked} asked */
function linkToCopy({ url }) {
  const field = /** @type {HTMLInputElement} */ (
    make('input.link-to-copy', {
      readonly: true,
      value: url,
      'aria-label': ADMINISTRATOR.linkLabel,
      onfocus: () => field.select(),
    })
  );
  const copy = make('button.small-button', { type: 'button', onclick: write }, ADMINISTRATOR.copy);
  async function write() {
    field.select();
    try {
      await navigator.clipboard.writeText(url);
    } catch {
      return; // The text is selected, so that the user can copy it.
    }
    copy.textContent = ADMINISTRATOR.copied;
  }
  return [field, copy];
}

/** @param {string} instant */
const dayOf = (instant) =>
  new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'long' }).format(new Date(instant));
