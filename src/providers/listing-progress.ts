// Notices a listing that does not end: links that come again, and pages that bring nothing new.

import { ProviderError } from '../errors.js';

/**
 * How many empty pages in a row a listing may have. Both providers send empty pages between full
 * ones. A page that only repeats earlier items counts as five of them.
 */
const MOST_EMPTY_PAGES = 20;
const REPEATED_PAGE = 5;
const MOST_PAGES = 2_000;

/** A listing does not come to an end. Another way of listing can still succeed. */
export class EndlessListing extends ProviderError {
  constructor(reason: string) {
    super('provider_error', { reason });
  }
}

/** What one listing has brought so far. It keeps hashes, not the items. */
export class ListingProgress {
  private readonly items = new Set<number>();
  private readonly links = new Set<number>();
  private pages = 0;
  private barren = 0;

  /**
   * Takes note of a page.
   * @param keys the id of each item. An item that comes again changed is nothing new: a list that
   * goes round brings the same items with other revisions
   * @param next the token or link of the next page; null on the last one
   * @throws EndlessListing when the listing goes on without anything new
   */
  add(keys: readonly string[], next: string | null): void {
    const before = this.items.size;
    for (const key of keys) this.items.add(hashOf(key));
    this.pages += 1;
    if (this.items.size > before) this.barren = 0;
    else this.barren += keys.length > 0 ? REPEATED_PAGE : 1;
    if (next === null) return;
    const link = hashOf(next);
    if (this.links.has(link)) throw new EndlessListing('a page names an earlier page as the next');
    this.links.add(link);
    if (this.barren >= MOST_EMPTY_PAGES)
      throw new EndlessListing('the pages bring nothing new and do not end');
    if (this.pages >= MOST_PAGES) throw new EndlessListing(`more than ${MOST_PAGES} pages`);
  }

  /** The same, for listings of which what was listed so far is enough: false instead of the error. */
  goesOn(keys: readonly string[], next: string): boolean {
    try {
      this.add(keys, next);
      return true;
    } catch (error) {
      if (error instanceof EndlessListing) return false;
      throw error;
    }
  }
}

/** A page; null where the page before names no link or token that can be followed. */
export async function nullAtOpenEnd<T>(read: () => Promise<T>): Promise<T | null> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof EndlessListing) return null;
    throw error;
  }
}

/** A hash of 53 bits. It need not be secure: a collision gains nothing. */
function hashOf(text: string): number {
  let high = 0xdeadbeef;
  let low = 0x41c6ce57;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    high = Math.imul(high ^ unit, 2_654_435_761);
    low = Math.imul(low ^ unit, 1_597_334_677);
  }
  high =
    Math.imul(high ^ (high >>> 16), 2_246_822_507) ^ Math.imul(low ^ (low >>> 13), 3_266_489_909);
  low =
    Math.imul(low ^ (low >>> 16), 2_246_822_507) ^ Math.imul(high ^ (high >>> 13), 3_266_489_909);
  return 4_294_967_296 * (2_097_151 & low) + (high >>> 0);
}
