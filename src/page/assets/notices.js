// What the page has to tell, above everything else, until it is put away; and what went wrong, beside where it went wrong.

import { byId, fill, make } from './dom.js';
import { problemWords } from './words.js';

/**
 * @typedef {{ tone: 'good' | 'bad' | 'plain', title: string, text?: string, links?: Node[], smallPrint?: string | null, kind?: string }} Notice
 * `kind`: a later notice of the same kind takes its place
 */

/** @param {Notice} notice @returns {HTMLElement} */
export function tell({ tone, title, text = '', links = [], smallPrint = null, kind = '' }) {
  const region = byId('notices');
  if (kind !== '') withdraw(kind);
  const notice = make(
    `section.notice.${tone}`,
    { 'data-kind': kind, tabindex: '-1' },
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
      { type: 'button', 'aria-label': 'Dismiss', onclick: () => notice.remove() },
      '×',
    ),
  );
  region.append(notice);
  return notice;
}

/** @param {string} kind */
const ofKind = (kind) =>
  [...byId('notices').children].filter(
    (notice) => /** @type {HTMLElement} */ (notice).dataset['kind'] === kind,
  );

/** @param {string} kind */
export const isTold = (kind) => ofKind(kind).length > 0;

/** @param {string} kind */
export function withdraw(kind) {
  for (const notice of ofKind(kind)) notice.remove();
}

/** @param {import('./api.js').Problem} problem */
export const requestIdWords = ({ requestId }) =>
  requestId === null ? null : `Request id ${requestId}`;

/**
 * Shows a failure in `place`: the problem's detail, the request id in small print, another try where that makes sense.
 * @param {Element} place
 * @param {unknown} error
 * @param {(() => void) | null} [again]
 */
export function showProblem(place, error, again = null) {
  const problem = asProblem(error);
  const smallPrint = requestIdWords(problem);
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
      make('p', {}, problemWords(problem)),
      retry && make('button.small-button', { type: 'button', onclick: tryAgain }, 'Try again'),
      smallPrint !== null && make('p.small', {}, smallPrint),
    ),
  );
}

/** Anything else that is thrown is a fault of this page, and belongs in the console. @param {unknown} error */
export function asProblem(error) {
  if (error instanceof Error && error.name === 'Problem')
    return /** @type {import('./api.js').Problem} */ (error);
  throw error;
}
