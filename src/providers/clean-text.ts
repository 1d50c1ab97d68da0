// Cleans text of providers: cuts it to size, and removes characters that PostgreSQL or a log cannot
// hold.

// biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern searches for control characters
const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: all control characters but tab, line feed and carriage return
const CONTROLS_BUT_LINES = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/g;
const BREAKS = /[\t\n\v\f\r\u0085\u2028\u2029]+/g;
/** With the `u` flag a paired surrogate is one character and does not match. */
const LONE_SURROGATES = /\p{Surrogate}/gu;

/**
 * One trimmed line of text, at most `longest` UTF-16 units; null when nothing is left, or when
 * `value` is no text.
 */
export function cleanLine(value: unknown, longest: number): string | null {
  const line = typeof value === 'string' ? value.slice(0, longest).replace(BREAKS, ' ') : value;
  return clean(line, CONTROLS, longest)?.trim() ?? null;
}

/**
 * Text of several lines, at most `longest` UTF-16 units; null as for `cleanLine`. It is not
 * trimmed.
 */
export function cleanText(value: unknown, longest: number): string | null {
  return clean(value, CONTROLS_BUT_LINES, longest);
}

function clean(value: unknown, controls: RegExp, longest: number): string | null {
  if (typeof value !== 'string') return null;
  // Cut first: the rest need not be searched, and the cut can leave half a surrogate pair.
  const text = value.slice(0, longest).replace(controls, '');
  const whole = text.isWellFormed() ? text : text.replace(LONE_SURROGATES, '');
  return whole.trim() === '' ? null : whole;
}

const LONGEST_URL = 16_384;

/**
 * An http(s) URL, unchanged; null for anything else. A URL that is shown as a link must not run
 * script. Characters outside ASCII are percent-encoded, or become Punycode in the host.
 */
export function cleanUrl(value: unknown): string | null {
  if (typeof value !== 'string' || value.length > LONGEST_URL || !/^https?:\/\/\S+$/i.test(value))
    return null;
  if (cleanLine(value, LONGEST_URL) !== value) return null;
  const href = URL.parse(value)?.href ?? null;
  return href !== null && /^[\x21-\x7e]+$/.test(value) ? value : href;
}

/**
 * How long an identifier can be, in bytes. An entry of a PostgreSQL index has at most 2,704 bytes,
 * with the calendar's or the account's own id.
 */
const LONGEST_IDENTIFIER = 2_560;

/**
 * An identifier of a provider, unchanged; null when it is no text, too long, or cannot be stored.
 * @param longest in bytes of UTF-8
 */
export function identifier(value: unknown, longest = LONGEST_IDENTIFIER): string | null {
  if (typeof value !== 'string' || value === '' || Buffer.byteLength(value) > longest) return null;
  return clean(value, CONTROLS, longest) === value ? value : null;
}

/** What some servers write before an address. */
const ADDRESS_SCHEME = /^(?:mailto|smtp):/i;
// A distinguished name of Exchange (`/O=…/CN=…`) has no place for a mailbox. Quoted local parts are
// not accepted: no provider's address has one.
const ADDRESS = /^[^\s@/<>(),:;"[\]\\][^\s@<>(),:;"[\]\\]*@[^\s@<>(),:;"/\\]+$/u;
/** RFC 3696: 64 for the mailbox, 255 for the domain. */
const LONGEST_ADDRESS = 320;

/** An email address; null for anything else. It is never cut: a shorter address is another one. */
export function cleanAddress(value: unknown): string | null {
  const address = cleanLine(value, 2 * LONGEST_ADDRESS)?.replace(ADDRESS_SCHEME, '') ?? '';
  return address.length <= LONGEST_ADDRESS && ADDRESS.test(address) ? address : null;
}
