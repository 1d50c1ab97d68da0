// Creates and changes elements. Text is always set as text: nothing here parses HTML.

/** @typedef {Node | string | null | undefined | false | ''} Child */

/**
 * Creates an element from `tag.class.class`. An attribute that is a function is a listener
 * (`onclick`). An attribute that is null, undefined or false is left out.
 * @param {string} name
 * @param {Record<string, unknown>} [attributes]
 * @param {...Child} children
 * @returns {HTMLElement}
 */
export function make(name, attributes = {}, ...children) {
  const [tag = 'div', ...classes] = name.split('.');
  const element = document.createElement(tag);
  element.classList.add(...classes);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === 'function')
      element.addEventListener(key.slice(2), /** @type {EventListener} */ (value));
    else element.setAttribute(key, value === true ? '' : String(value));
  }
  fill(element, ...children);
  return element;
}

/**
 * Replaces the content of `element` by `children`. Children that are null, undefined or false are
 * left out.
 * @param {Element} element
 * @param {...Child} children
 */
export function fill(element, ...children) {
  element.replaceChildren(
    ...children.filter((child) => child !== null && child !== undefined && child !== false),
  );
}

/** The element with an id of index.html. @param {string} id @returns {HTMLElement} */
export function byId(id) {
  return /** @type {HTMLElement} */ (document.getElementById(id));
}

/**
 * Sets the text only if it differs, so that a screen reader does not read a live region again.
 * @param {Element} element
 * @param {string} text
 */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * Moves elements without taking the keyboard focus from any of them.
 * @param {() => void} move
 */
export function keepingFocus(move) {
  const focused = /** @type {HTMLElement | null} */ (document.activeElement);
  move();
  if (focused !== document.activeElement) focused?.focus();
}

/**
 * Marks a button as waiting: its handler then ignores presses. It keeps the keyboard focus, which a
 * disabled button would lose.
 * @param {Element} button
 * @param {boolean} waiting
 */
export function setWaiting(button, waiting) {
  if (waiting) button.setAttribute('aria-disabled', 'true');
  else button.removeAttribute('aria-disabled');
}

/** Whether a button is marked as waiting. @param {Element} button */
export const isWaiting = (button) => button.hasAttribute('aria-disabled');

/**
 * Sets the colour of an element's dot or stripe, if `color` is `#rrggbb`.
 * @param {HTMLElement} element
 * @param {string | null | undefined} color
 */
export function setColor(element, color) {
  if (typeof color === 'string' && /^#[\da-f]{6}$/i.test(color))
    element.style.setProperty('--dot', color);
  return element;
}

/**
 * A tile with the first letter of a provider's name. Its hue is computed from the id, so a new
 * provider needs no picture.
 * @param {string} id
 * @param {string} name
 */
export function monogram(id, name) {
  const tile = make('span.monogram', { 'aria-hidden': 'true' }, name.charAt(0).toUpperCase());
  const hue = [...id].reduce((sum, letter) => (sum * 11 + letter.charCodeAt(0)) % 360, 19);
  tile.style.setProperty('--hue', String(hue));
  return tile;
}

/**
 * The address as a link target if it is http or https; otherwise null.
 * @param {string | null} address
 */
export function webAddress(address) {
  const url = address === null ? null : URL.parse(address);
  return url !== null && (url.protocol === 'https:' || url.protocol === 'http:') ? url.href : null;
}

/**
 * A link to another site, which opens in a new tab.
 * @param {string} address
 * @param {string} text
 * @param {string | null} [label] the accessible name, if the text alone does not tell links apart
 */
export function linkOut(address, text, label = null) {
  const rel = 'noopener noreferrer';
  return make('a', { href: address, target: '_blank', rel, 'aria-label': label }, text);
}
