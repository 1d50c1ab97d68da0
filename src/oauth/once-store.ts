// A store that gives each value out once: authorization requests by a hash of their state, parked callbacks by ticket.

/** Keeps a value for a while and gives it out once. Both methods reject with `temporarily_unavailable` when the store is away. */
export interface OnceStore<Value> {
  /** @throws Error when the key is taken: random keys do not collide */
  put(key: string, value: Value, ttlSeconds: number): Promise<void>;
  /** The value, atomically removed; null when unknown, spent or expired. */
  take(key: string): Promise<Value | null>;
}
