// Makes elements. Text goes in as text: nothing here ever parses HTML.

/** @typedef {Node | string | null | undefined | false | ''} Child */

/**
 * An element from `tag.class.class`. Attributes that are functions are listeners (`onclick`); null and false are left out.
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
 * Puts `children` in the place of what `element` holds.
 * @param {Element} element
 * @param {...Child} children
 */
export function fill(element, ...children) {
  element.replaceChildren(
    ...children.filter((child) => child !== null && child !== undefined && child !== false),
  );
}

/** @param {string} id @returns {HTMLElement} */
export function byId(id) {
  return /** @type {HTMLElement} */ (document.getElementById(id));
}

/** Sets text only where it differs, so that a live region is not read again. @param {Element} element @param {string} text */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * A button that waits does nothing when pressed, yet keeps the focus of whoever pressed it, as a disabled one would not.
 * @param {Element} button
 * @param {boolean} held
 */
export function hold(button, held) {
  if (held) button.setAttribute('aria-disabled', 'true');
  else button.removeAttribute('aria-disabled');
}

/** @param {Element} button */
export const isHeld = (button) => button.hasAttribute('aria-disabled');

/** A colour the API gave, if it is one: `#rrggbb`. @param {HTMLElement} element @param {string | null | undefined} color */
export function paint(element, color) {
  if (typeof color === 'string' && /^#[\da-f]{6}$/i.test(color))
    element.style.setProperty('--dot', color);
  return element;
}

/** The letter in a tile that stands for a provider; its hue follows from the id, so that a new provider needs no picture.
 * @param {string} id @param {string} name */
export function monogram(id, name) {
  const tile = make('span.monogram', { 'aria-hidden': 'true' }, name.charAt(0).toUpperCase());
  const hue = [...id].reduce((sum, letter) => (sum * 11 + letter.charCodeAt(0)) % 360, 19);
  tile.style.setProperty('--hue', String(hue));
  return tile;
}

/** An address to link to, if it is one of the web; else null. @param {string | null} address */
export function webAddress(address) {
  const url = address === null ? null : URL.parse(address);
  return url !== null && (url.protocol === 'https:' || url.protocol === 'http:') ? url.href : null;
}

/** A link that leaves this site, in a tab of its own. @param {string} address @param {string} text */
export function linkOut(address, text) {
  return make('a', { href: address, target: '_blank', rel: 'noopener noreferrer' }, text);
}
