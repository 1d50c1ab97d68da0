// A promise with a deadline.

/**
 * Waits for `promise`, at most `milliseconds`. After that `onLate` is called: its return value is the
 * result, or what it throws is the error. The promise continues, and its later rejection is ignored.
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
