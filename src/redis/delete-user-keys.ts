// Deletes what Redis keeps of a user: sessions, states, tickets and counts of limits.

import type { BoundedRedis } from './bounded-redis.js';

const AT_ONCE = '500';

/**
 * Deletes every key of this deployment that names the user in its name or value. It reads all keys,
 * some hundred at a time: an erasure is rare.
 * @throws IntegrationError `temporarily_unavailable`
 */
export async function deleteUserKeys(redis: BoundedRedis, userId: string): Promise<void> {
  for (let cursor = '0'; ; ) {
    const match = ['MATCH', `${escapeGlob(redis.prefix)}*`, 'COUNT', AT_ONCE];
    const [next, keys] = (await redis.send('SCAN', cursor, ...match)) as [string, string[]];
    if (keys.length > 0) {
      const values = (await redis.send('MGET', ...keys)) as (string | null)[];
      const own = keys.filter(
        (key, index) => key.endsWith(`:user:${userId}`) || names(values[index] ?? null, userId),
      );
      if (own.length > 0) await redis.send('DEL', ...own);
    }
    if (next === '0') return;
    cursor = next;
  }
}

/** Whether a stored value has a field `userId` with this user, at any depth. */
function names(value: string | null, userId: string): boolean {
  if (value === null || !value.startsWith('{')) return false;
  try {
    return namesUser(JSON.parse(value), userId);
  } catch {
    return false;
  }
}

/** Whether a value has a field `userId` with this user, at any depth. */
export function namesUser(value: unknown, userId: string): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(
    ([name, inner]) => (name === 'userId' && inner === userId) || namesUser(inner, userId),
  );
}

const escapeGlob = (text: string): string => text.replace(/[*?[\]\\]/g, '\\$&');
