// Sizes of pages: a page that is larger than the HTTP client allows is requested again, smaller.

import { BodyTooLarge } from './response-body.js';

const SHRINK_BY = 4;
const GROW_BY = 2;

/**
 * Reads a page. While its body is too large, the page is requested again with a quarter of the
 * size, down to a single item.
 * @returns the page, and the size for the next one: twice as large again, up to `usual`
 * @throws BodyTooLarge when a single item is too large
 */
export async function readSized<Page>(
  first: number,
  usual: number,
  read: (size: number) => Promise<Page>,
): Promise<{ page: Page; nextSize: number }> {
  for (let size = first; ; size = Math.max(1, Math.floor(size / SHRINK_BY))) {
    try {
      const page = await read(size);
      return { page, nextSize: Math.min(size * GROW_BY, usual) };
    } catch (error) {
      if (!(error instanceof BodyTooLarge) || size === 1) throw error;
    }
  }
}

/** A token or link with the size of its page, where that is not the usual one. */
export function sizedToken(token: string | null, size: number, usual: number): string | null {
  return token === null || size === usual ? token : `${size} ${token}`;
}

/** The inverse of `sizedToken`. */
export function readSizedToken(text: string, usual: number): { token: string; size: number } {
  const [, size, token] = /^(\d{1,4}) (.+)$/s.exec(text) ?? [];
  return token === undefined
    ? { token: text, size: usual }
    : { token, size: Math.min(Math.max(Number(size), 1), usual) };
}
