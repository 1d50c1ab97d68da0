// Finds the place at which a text is not JSON. JSON.parse names it only for some mistakes.

const TOKEN =
  /[ \t\n\r]*([{}[\]:,]|"(?:[^"\\\p{Cc}]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null|$)/uy;

/** What may come next: a value, a key, or what stands between and after them. */
type Next = 'value' | 'value or ]' | 'key' | 'key or }' | ':' | ', or end' | 'nothing';

/** The index of the first character at which `text` is not JSON (RFC 8259); null where it is. */
export function jsonFault(text: string): number | null {
  const open: ('{' | '[')[] = [];
  let next: Next = 'value';
  let place = 0;
  for (;;) {
    TOKEN.lastIndex = place;
    const token = TOKEN.exec(text)?.[1];
    const start = place + (/^[ \t\n\r]*/.exec(text.slice(place))?.[0].length ?? 0);
    const after: Next | null = token === undefined ? null : step(token, next, open);
    if (token === '' && next === 'nothing') return null;
    if (token === undefined || after === null) return start;
    next = after;
    place = start + token.length;
  }
}

/** What may come after `token`; null where it may not stand here. Changes `open`. */
function step(token: string, next: Next, open: ('{' | '[')[]): Next | null {
  const afterValue = (): Next => (open.length === 0 ? 'nothing' : ', or end');
  const isKey = next === 'key' || next === 'key or }';
  const isValue = next === 'value' || next === 'value or ]';
  switch (token) {
    case '':
      return null;
    case '{':
    case '[':
      if (!isValue) return null;
      open.push(token);
      return token === '{' ? 'key or }' : 'value or ]';
    case '}':
    case ']': {
      const begins = token === '}' ? '{' : '[';
      const mayEnd = next === ', or end' || next === (token === '}' ? 'key or }' : 'value or ]');
      if (!mayEnd || open.at(-1) !== begins) return null;
      open.pop();
      return afterValue();
    }
    case ':':
      return next === ':' ? 'value' : null;
    case ',':
      if (next !== ', or end') return null;
      return open.at(-1) === '{' ? 'key' : 'value';
    default:
      if (isKey) return token.startsWith('"') ? ':' : null;
      return isValue ? afterValue() : null;
  }
}
