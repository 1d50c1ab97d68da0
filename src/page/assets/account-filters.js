// The filters of an admin's list of accounts.

import { make } from './dom.js';
import { TEXT } from './words.js';

const STATUSES = [
  ['', TEXT.filters.anyStatus],
  ['connected', TEXT.status.connected],
  ['reauthorization_required', TEXT.status.reconnectNeeded],
  ['disconnecting', TEXT.status.disconnecting],
];

/** @typedef {{ userId: string, provider: string, status: string }} Filter empty: any */

/**
 * @param {ReadonlyMap<string, string>} names of the providers by id
 * @param {(change: Partial<Filter>) => void} onChange
 * @returns {HTMLElement}
 */
export function accountFilters(names, onChange) {
  const change =
    (/** @type {'provider' | 'status'} */ name) =>
    (/** @type {Event} */ { target }) =>
      onChange({ [name]: /** @type {HTMLSelectElement} */ (target).value });
  const option = (/** @type {string[]} */ [value = '', text = '']) =>
    make('option', { value }, text);
  const mine = /** @type {HTMLInputElement} */ (
    make('input', {
      type: 'checkbox',
      onchange: () => onChange({ userId: mine.checked ? 'me' : '' }),
    })
  );
  return make(
    'div.filters',
    { role: 'group', 'aria-label': TEXT.filters.label },
    make(
      'label',
      {},
      make('span.unseen', {}, TEXT.filters.provider),
      make(
        'select',
        { onchange: change('provider') },
        ...[['', TEXT.filters.anyProvider], ...names].map(option),
      ),
    ),
    make(
      'label',
      {},
      make('span.unseen', {}, TEXT.filters.status),
      make('select', { onchange: change('status') }, ...STATUSES.map(option)),
    ),
    make('label.tick', {}, mine, TEXT.filters.mineOnly),
  );
}
