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

/**
 * An http(s) URL, unchanged; null for anything else. A URL that is shown as a link must not run
 * script.
 */
export function cleanUrl(value: unknown): string | null {
  if (typeof value !== 'string' || value.length > 4096 || !/^https?:\/\/[\x21-\x7e]+$/i.test(value))
    return null;
  return URL.canParse(value) ? value : null;
}

/**
 * An identifier of a provider, unchanged; null when it is no text, too long, or cannot be stored.
 */
export function identifier(value: unknown, longest = 2048): string | null {
  if (typeof value !== 'string' || value === '' || value.length > longest) return null;
  return clean(value, CONTROLS, longest) === value ? value : null;
}
