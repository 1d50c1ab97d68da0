// Random bytes from a pool: a call to the system for each handle and nonce costs more than its use.

import { randomFillSync } from 'node:crypto';

const pool = Buffer.alloc(8_192);
let used = pool.length;

/**
 * Random bytes for handles, nonces and keys. They are given out once, and none of them stays in the
 * pool.
 * @param size at most 1,024
 */
export function randomOf(size: number): Buffer {
  if (used + size > pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const bytes = Buffer.from(pool.subarray(used, used + size));
  pool.fill(0, used, used + size);
  used += size;
  return bytes;
}
