// Work on several items, a few at a time.

/**
 * Calls `work` for every item, at most `limit` at once. After the first failure no further item is
 * started.
 * @throws that failure, when all calls have ended
 */
export async function inParallel<T>(
  items: readonly T[],
  limit: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const waiting = [...items];
  let failure: { error: unknown } | null = null;
  const lane = async () => {
    for (
      let item = waiting.shift();
      item !== undefined && failure === null;
      item = waiting.shift()
    ) {
      try {
        await work(item);
      } catch (error) {
        failure ??= { error };
      }
    }
  };
  await Promise.all(Array.from({ length: limit }, lane));
  const failed = failure as { error: unknown } | null;
  if (failed !== null) throw failed.error;
}
