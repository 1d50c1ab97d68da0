// Lets a few calls through at once.

/** Calls `call` when its turn comes. */
export type Gate = <T>(call: () => Promise<T>) => Promise<T>;

/** A function that lets at most `limit` calls run at once. The others wait for their turn. */
export function createGate(limit: number): Gate {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (call) => {
    if (running >= limit) await new Promise<void>((resolve) => waiting.push(resolve));
    else running++;
    try {
      return await call();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else running--;
    }
  };
}

/** A gate of this limit for each key. */
export function createGates(limit: number): (key: string) => Gate {
  const gates = new Map<string, Gate>();
  return (key) => {
    const gate = gates.get(key) ?? createGate(limit);
    gates.set(key, gate);
    return gate;
  };
}
