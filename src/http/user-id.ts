// What can be the id of a user.

import { IntegrationError } from '../errors.js';

const LONGEST = 128;

/**
 * Whether `value` can be a user's id: a string of 1 to 128 characters without control characters.
 */
export function isUserId(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= LONGEST && isPlainText(value);
}

/** The failure of a value that cannot be the id of a user. */
export function invalidUserId(): IntegrationError {
  return new IntegrationError('invalid_request', {
    detail: 'userId must be the id of a user, for example user-42.',
  });
}

/** @throws IntegrationError `invalid_request` unless `value` can be the id of a user */
export function requireUserId(value: string): void {
  if (!isUserId(value)) throw invalidUserId();
}

function isPlainText(text: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern finds control characters
  return !/[\u0000-\u001f\u007f]/.test(text) && text.isWellFormed();
}
