// Reads a Retry-After header.

const LONGEST_SECONDS = 3600;

/**
 * Seconds from a Retry-After header (RFC 9110 10.2.3: seconds or a date), at most `longest`;
 * undefined when it cannot be read.
 */
export function retryAfterSeconds(
  header: string | undefined,
  now: number = Date.now(),
  longest: number = LONGEST_SECONDS,
): number | undefined {
  if (header === undefined) return undefined;
  const text = header.trim();
  const seconds = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : (Date.parse(text) - now) / 1000;
  if (Number.isNaN(seconds)) return undefined;
  return Math.min(Math.max(Math.ceil(seconds), 0), longest);
}
