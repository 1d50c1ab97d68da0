// Work that many callers want done shares calls: one at a time, each for all that came meanwhile.

interface Waiting<Item> {
  readonly item: Item;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** A function that does `work` for one item, together with others that wait at that time. */
function together<Item>(
  work: (items: readonly Item[]) => Promise<unknown>,
): (item: Item) => Promise<void> {
  let waiting: Waiting<Item>[] = [];
  let isWorking = false;
  const goOn = async () => {
    isWorking = true;
    while (waiting.length > 0) {
      const now = waiting;
      waiting = [];
      try {
        await work(now.map(({ item }) => item));
        for (const { resolve } of now) resolve();
      } catch (error) {
        for (const { reject } of now) reject(error);
      }
    }
    isWorking = false;
  };
  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject });
      if (!isWorking) void goOn();
    });
}

/** The same for each key: only the work of one key is done together. */
export function togetherBy<Item>(
  work: (key: string, items: readonly Item[]) => Promise<unknown>,
): (key: string) => (item: Item) => Promise<void> {
  const made = new Map<string, (item: Item) => Promise<void>>();
  return (key) => {
    const one = made.get(key) ?? together((items: readonly Item[]) => work(key, items));
    made.set(key, one);
    return one;
  };
}
