// Page cursors: where the next page of one listing begins, as an opaque string.

import { IntegrationError } from './errors.js';
import { isUuid } from './uuid.js';

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}(\d{3})?Z$/;

/** The position after the last row of a page: the values it is ordered by. */
export interface PagePosition {
  /** ISO 8601 in UTC, to the millisecond or, as PostgreSQL orders, to the microsecond. */
  readonly at: string;
  readonly id: string;
}

/**
 * Encodes a position of `listing`, with further instants that the next page needs.
 * @param listing a name that no other listing has
 */
export function encodePageCursor(
  listing: string,
  { at, id }: PagePosition,
  ...more: readonly string[]
): string {
  return Buffer.from(JSON.stringify([listing, at, id, ...more])).toString('base64url');
}

/**
 * Decodes what {@link encodePageCursor} made for the same listing. `more` has exactly `extra`
 * instants.
 * @throws IntegrationError `invalid_request` for anything else
 */
export function decodePageCursor(
  listing: string,
  cursor: string,
  extra = 0,
): PagePosition & { readonly more: readonly string[] } {
  const parts = parseArray(Buffer.from(cursor, 'base64url').toString());
  // Version 0.1.0 named no listing. A reader may still be in the middle of such a one.
  const [at, id, ...more] = parts[0] === listing ? parts.slice(1) : parts;
  if (isInstant(at) && isUuid(id) && more.length === extra && more.every(isInstant))
    return { at, id, more };
  throw new IntegrationError('invalid_request', {
    detail: 'cursor is not a value this service returned. Start again without it.',
  });
}

function parseArray(text: string): unknown[] {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}

/** JavaScript reads 30 February as 2 March and has a year 0; PostgreSQL refuses both. */
function isInstant(value: unknown): value is string {
  if (typeof value !== 'string' || !INSTANT.test(value) || value.startsWith('0000')) return false;
  const seconds = value.slice(0, 19);
  const date = new Date(`${seconds}Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(seconds);
}
