// The contract of a store that gives each value out once: authorization requests by a hash of their
// state, parked callbacks by a hash of their ticket.

/** Both methods reject with `temporarily_unavailable` when the store is unavailable. */
export interface OnceStore<Value> {
  /**
   * Keeps `value` for `ttlSeconds`.
   * @throws Error when the key exists: random keys do not collide
   */
  put(key: string, value: Value, ttlSeconds: number): Promise<void>;
  /**
   * Removes and returns the value in one step; null when the key is unknown, taken before or
   * expired.
   */
  take(key: string): Promise<Value | null>;
}
