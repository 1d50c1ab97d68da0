// Messages: notices at the top of the page, and problems beside the part that failed.

import { byId, fill, make } from './dom.js';
import { dismissLabel, problemText, requestIdText, TEXT } from './words.js';

/**
 * @typedef {{ tone: 'good' | 'warn' | 'bad' | 'plain', title: string, text?: string,
 *   links?: Node[], smallPrint?: string | null, kind?: string, isFirst?: boolean,
 *   onDismiss?: () => void }} Notice
 * `kind`: a later notice of the same kind replaces this one, unless both say the same. `isFirst`:
 * it stands above the others
 */

/**
 * Adds a notice at the top of the page. It stays until it is dismissed or replaced.
 * @param {Notice} notice
 * @returns {HTMLElement}
 */
export function showNotice(notice) {
  const { kind = '', isFirst = false } = notice;
  const region = byId('notices');
  const made = elementOf(notice);
  const [earlier] = kind === '' ? [] : noticesOf(kind);
  if (earlier === undefined) region[isFirst ? 'prepend' : 'append'](made);
  // A notice that says the same is kept: a screen reader would read its replacement again.
  else if (earlier.isEqualNode(made)) return earlier;
  else {
    const hadFocus = earlier.contains(document.activeElement);
    earlier.replaceWith(made);
    if (hadFocus) made.focus();
  }
  return made;
}

/** @param {Notice} notice */
function elementOf({ tone, title, text = '', links = [], smallPrint = null, kind, onDismiss }) {
  const dismiss = () => {
    notice.remove();
    onDismiss?.();
  };
  const notice = make(
    `section.notice.${tone}`,
    { 'data-kind': kind ?? '', tabindex: '-1' },
    make(
      'div.notice-words',
      {},
      make('strong', {}, title),
      text !== '' && make('p', {}, text),
      links.length > 0 && make('p.notice-links', {}, ...links),
      smallPrint !== null && make('p.small', {}, smallPrint),
    ),
    make(
      'button.quiet.close',
      { type: 'button', 'aria-label': dismissLabel(title), onclick: dismiss },
      '×',
    ),
  );
  return notice;
}

/** @param {string} kind */
const noticesOf = (kind) =>
  /** @type {HTMLElement[]} */ ([...byId('notices').children]).filter(
    (notice) => notice.dataset['kind'] === kind,
  );

/** Whether a notice of this kind is on the page. @param {string} kind */
export const hasNotice = (kind) => noticesOf(kind).length > 0;

/** Removes the notices of this kind. @param {string} kind */
export function removeNotice(kind) {
  for (const notice of noticesOf(kind)) notice.remove();
}

/**
 * The request id of a problem, in words; null where there is none.
 * @param {import('./api.js').Problem} problem
 */
export const requestIdOf = ({ requestId }) =>
  requestId === null ? null : requestIdText(requestId);

/**
 * Shows a failure in `place`: what happened, the request id, and a button to try again where that
 * can help.
 * @param {Element} place
 * @param {unknown} error
 * @param {(() => void) | null} [again] repeats what failed
 */
export function showProblem(place, error, again = null) {
  const problem = asProblem(error);
  const smallPrint = requestIdOf(problem);
  const retry = again !== null && (problem.code === 'network' || problem.status >= 500);
  const tryAgain = () => {
    fill(place);
    again?.();
  };
  fill(
    place,
    make(
      'div.problem',
      { role: 'alert' },
      make('p', {}, problemText(problem)),
      retry && make('button.small-button', { type: 'button', onclick: tryAgain }, TEXT.tryAgain),
      smallPrint !== null && make('p.small', {}, smallPrint),
    ),
  );
}

/**
 * The error as a Problem. Any other error is a bug in this page and is thrown on.
 * @param {unknown} error
 */
export function asProblem(error) {
  if (error instanceof Error && error.name === 'CalendarConnectError')
    return /** @type {import('./api.js').Problem} */ (error);
  throw error;
}
