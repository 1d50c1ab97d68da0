// What is shown while nobody is signed in.

import { make, paint } from './dom.js';
import { showProblem } from './notices.js';
import { signInAs } from './session.js';

const STEPS = [
  [
    'Connect',
    'Choose a provider. It asks you, on its own pages, whether this service may read your calendars.',
  ],
  ['See', 'Your calendars and what is coming show up here, and stay in step with the provider.'],
  ['Leave', 'Disconnect whenever you like: access is given back, and what was kept is forgotten.'],
];

/** @param {{ demoSignIn: boolean, onSignedIn: () => void }} options */
export function welcome({ demoSignIn, onSignedIn }) {
  const place = make('div');
  const buttons = demoSignIn
    ? [
        button('user', 'Continue as a user', 'primary'),
        button('admin', 'Continue as an admin', 'plain'),
      ]
    : [];

  /** @param {'user' | 'admin'} as @param {string} text @param {string} look */
  function button(as, text, look) {
    return /** @type {HTMLButtonElement} */ (
      make(`button.${look}.large`, { type: 'button', onclick: () => enter(as) }, text)
    );
  }

  /** @param {'user' | 'admin'} as */
  async function enter(as) {
    for (const one of buttons) one.disabled = true;
    try {
      await signInAs(as);
      onSignedIn();
    } catch (error) {
      for (const one of buttons) one.disabled = false;
      showProblem(place, error, () => enter(as));
    }
  }

  return make(
    'div.welcome',
    {},
    picture(),
    make('h1', {}, 'Your calendars, connected'),
    make(
      'p.lede',
      {},
      'Bring the calendars you already keep together in one place, without handing over a password.',
    ),
    demoSignIn ? make('div.entrances', {}, ...buttons) : productSignIn(),
    place,
    demoSignIn &&
      make(
        'p.small.soft',
        {},
        'This service runs in local mode, so it signs you in itself. In production that is your product’s part.',
      ),
    make(
      'ol.steps',
      {},
      ...STEPS.map(([title = '', text = '']) =>
        make('li', {}, make('strong', {}, title), make('p.soft', {}, text)),
      ),
    ),
  );
}

/** What it will look like, in small. */
function picture() {
  const day = [
    ['09:30', 'Planning', '#3f7fd1'],
    ['13:00', 'Lunch with Bo', '#3c9a63'],
    ['19:00', 'Choir', '#d9822b'],
  ];
  return make(
    'div.card.picture',
    { 'aria-hidden': 'true' },
    make('strong', {}, 'Today'),
    ...day.map(([time = '', title = '', color = '']) =>
      paint(
        make('p', {}, make('span.event-time', {}, time), make('span.event-words', {}, title)),
        color,
      ),
    ),
  );
}

function productSignIn() {
  return make(
    'div.card.sign-in-elsewhere',
    {},
    make('h2', {}, 'Sign in at your product first'),
    make(
      'p',
      {},
      'This service has no sign-in of its own. Your product signs you in and opens a session here with ',
      make('code', {}, 'POST /integrations/session'),
      '; then come back to this page.',
    ),
    make('button', { type: 'button', onclick: () => location.reload() }, 'I have signed in'),
  );
}
