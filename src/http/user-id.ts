// What can be the id of a user.

const LONGEST = 128;

/**
 * Whether `value` can be a user's id: a string of 1 to 128 characters without control characters.
 */
export function isUserId(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= LONGEST && isPlainText(value);
}

function isPlainText(text: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern finds control characters
  return !/[\u0000-\u001f\u007f]/.test(text) && text.isWellFormed();
}
