// Cursors of the feed: a position, as an opaque string.

import { IntegrationError } from '../errors.js';

/** The cursor after the notification at `position`; 0: before all of them. */
export function encodeFeedCursor(position: number): string {
  return Buffer.from(`feed:${position}`).toString('base64url');
}

/**
 * The inverse of {@link encodeFeedCursor}.
 * @throws IntegrationError `invalid_request` for anything else
 */
export function decodeFeedCursor(cursor: string): number {
  const [, digits] =
    /^feed:(0|[1-9]\d{0,14})$/.exec(Buffer.from(cursor, 'base64url').toString()) ?? [];
  const position = Number(digits);
  if (digits !== undefined && encodeFeedCursor(position) === cursor) return position;
  throw new IntegrationError('invalid_request', {
    detail: 'The cursor is not a value this service returned. Start again without it.',
  });
}
