/** Opaque page and sync tokens. They contain their own state, so that they work after a restart. */

/** Encodes a token in standard base64, which a client must escape in a query. */
export function encodeCursor(value: Record<string, unknown>): string {
  return Buffer.from(JSON.stringify(value)).toString('base64');
}

/** Decodes a token; undefined if the sandbox did not make it. */
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

/** Keeps the last computed rounds, so that each page does not compute its round again. */
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

/** The items after a key. A page is found by key, so that changes in between move no items. */
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
