/** Opaque tokens that carry their own meaning, so that they outlive a restart. */

/** Standard base64: a client must escape it in a query. */
export function encodeCursor(value: Record<string, unknown>): string {
  return Buffer.from(JSON.stringify(value)).toString('base64');
}

/** The inside of a token; undefined for anything we did not make. */
export function decodeCursor(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(text, 'base64').toString('utf8'));
    return typeof value === 'object' && value !== null
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

/** Remembers the last few computed rounds, so that page 400 does not cost 400 times page 1. */
export class RoundCache<T> {
  readonly #rounds = new Map<string, T>();
  readonly #size: number;

  constructor(size = 16) {
    this.#size = size;
  }

  get(key: string, compute: () => T): T {
    const known = this.#rounds.get(key);
    if (known !== undefined) return known;
    const value = compute();
    this.#rounds.set(key, value);
    const oldest = this.#rounds.keys().next().value;
    if (this.#rounds.size > this.#size && oldest !== undefined) this.#rounds.delete(oldest);
    return value;
  }
}

/** One page of a round, by position rather than by number: what changes meanwhile shifts nothing. */
export function pageAfter<T extends { key: string }>(
  items: readonly T[],
  after: string | null,
  size: number,
): { items: readonly T[]; last: string | null } {
  let low = 0;
  let high = after === null ? 0 : items.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((items[middle]?.key ?? '') > (after ?? '')) high = middle;
    else low = middle + 1;
  }
  const page = items.slice(low, low + size);
  return { items: page, last: low + size < items.length ? (page.at(-1)?.key ?? null) : null };
}
