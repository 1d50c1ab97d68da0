// The page for a visitor who is not signed in.

import { make, setColor } from './dom.js';
import { showProblem } from './notices.js';
import { signInAs } from './session.js';
import { TEXT } from './words.js';

/**
 * @param {{ demoSignIn: boolean, onSignedIn: () => void }} options `demoSignIn`: offer the sign-in
 *   of local mode
 * @returns {HTMLElement}
 */
export function welcome({ demoSignIn, onSignedIn }) {
  const problem = make('div');
  const buttons = demoSignIn
    ? [
        button('user', TEXT.signedOut.asUser, 'primary'),
        button('admin', TEXT.signedOut.asAdmin, 'plain'),
      ]
    : [];

  /** @param {'user' | 'admin'} role @param {string} text @param {string} look */
  function button(role, text, look) {
    return /** @type {HTMLButtonElement} */ (
      make(`button.${look}.large`, { type: 'button', onclick: () => signIn(role) }, text)
    );
  }

  /** @param {'user' | 'admin'} role */
  async function signIn(role) {
    for (const button of buttons) button.disabled = true;
    try {
      await signInAs(role);
      onSignedIn();
    } catch (error) {
      for (const button of buttons) button.disabled = false;
      showProblem(problem, error, () => signIn(role));
    }
  }

  return make(
    'div.welcome',
    {},
    samplePicture(),
    make('h1', {}, TEXT.signedOut.title),
    make('p.lede', {}, TEXT.signedOut.lede),
    demoSignIn ? make('div.entrances', {}, ...buttons) : signInAtProduct(),
    problem,
    demoSignIn && make('p.small.soft', {}, TEXT.signedOut.localMode),
    make(
      'ol.steps',
      {},
      ...TEXT.signedOut.steps.map(([title = '', text = '']) =>
        make('li', {}, make('strong', {}, title), make('p.soft', {}, text)),
      ),
    ),
  );
}

/** A small sample of a day's events, as decoration. */
function samplePicture() {
  return make(
    'div.card.picture',
    { 'aria-hidden': 'true' },
    make('strong', {}, TEXT.times.today),
    ...TEXT.signedOut.sample.map(([time = '', title = '', color = '']) =>
      setColor(
        make('p', {}, make('span.event-time', {}, time), make('span.event-words', {}, title)),
        color,
      ),
    ),
  );
}

function signInAtProduct() {
  return make(
    'div.card.sign-in-elsewhere',
    {},
    make('h2', {}, TEXT.signedOut.signInTitle),
    make('p', {}, TEXT.signedOut.signInText),
    make('button', { type: 'button', onclick: () => location.reload() }, TEXT.signedOut.signedIn),
  );
}
