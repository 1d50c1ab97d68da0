// A promise with a deadline.

/**
 * Waits for `promise`, at most `milliseconds`. When the deadline passes first, `onLate` decides: what it returns is the
 * result, what it throws is the error. The promise itself goes on, and a later rejection of it is ignored.
 */
export async function within<T, Late = never>(
  milliseconds: number,
  promise: Promise<T>,
  onLate: () => Late,
): Promise<T | Late> {
  promise.catch(() => {});
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Late>((resolve, reject) => {
    timer = setTimeout(() => {
      try {
        resolve(onLate());
      } catch (error) {
        reject(error);
      }
    }, milliseconds);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
