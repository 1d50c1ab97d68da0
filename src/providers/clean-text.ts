// What providers write is cut to size and freed of what PostgreSQL and logs cannot bear.

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: all of them but tab, line feed and carriage return
const CONTROLS_BUT_LINES = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/g;
const BREAKS = /[\t\n\v\f\r\u0085\u2028\u2029]+/g;
/** With the `u` flag a paired surrogate is one character and does not match. */
const LONE_SURROGATES = /\p{Surrogate}/gu;

/** One trimmed line of text, at most `longest` UTF-16 units; null when nothing is left or it is no text at all. */
export function cleanLine(value: unknown, longest: number): string | null {
  const line = typeof value === 'string' ? value.slice(0, longest).replace(BREAKS, ' ') : value;
  return clean(line, CONTROLS, longest)?.trim() ?? null;
}

/** Text that may have lines, otherwise as `cleanLine`. */
export function cleanText(value: unknown, longest: number): string | null {
  return clean(value, CONTROLS_BUT_LINES, longest);
}

function clean(value: unknown, controls: RegExp, longest: number): string | null {
  if (typeof value !== 'string') return null;
  // Cut first: the cut may leave half a pair, and a megabyte is not worth searching.
  const text = value.slice(0, longest).replace(controls, '');
  const whole = text.isWellFormed() ? text : text.replace(LONE_SURROGATES, '');
  return whole.trim() === '' ? null : whole;
}

/** An http(s) address, kept whole or not at all: what is shown as a link must not run script. */
export function cleanUrl(value: unknown): string | null {
  if (typeof value !== 'string' || value.length > 4096 || !/^https?:\/\/[\x21-\x7e]+$/i.test(value))
    return null;
  return URL.canParse(value) ? value : null;
}

/** An identifier of a provider, never altered: null when it is not text, too long, or has what cannot be stored. */
export function identifier(value: unknown, longest = 2048): string | null {
  if (typeof value !== 'string' || value === '' || value.length > longest) return null;
  return clean(value, CONTROLS, longest) === value ? value : null;
}
