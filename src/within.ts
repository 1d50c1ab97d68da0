// Promises with a deadline.

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

/** A promise that waits, with the moment (of `performance.now()`) at which it is late. */
interface Waiting {
  readonly until: number;
  readonly fail: () => void;
}

/** A deadline of one length for many promises. They share one timer. */
export class Deadline {
  /** The oldest first. */
  private readonly waiting = new Set<Waiting>();
  private timer: NodeJS.Timeout | null = null;

  constructor(private readonly milliseconds: number) {}

  /**
   * Waits for `promise`, at most as long as the deadline says. The promise continues after that, and
   * its later rejection is ignored.
   * @throws the error that `onLate` makes
   */
  within<T>(promise: Promise<T>, onLate: () => Error): Promise<T> {
    return new Promise((resolve, reject) => {
      const until = performance.now() + this.milliseconds;
      const one: Waiting = { until, fail: () => reject(onLate()) };
      this.waiting.add(one);
      if (this.timer === null) this.setTimer(one);
      promise.then(
        (value) => {
          this.waiting.delete(one);
          resolve(value);
        },
        (error: unknown) => {
          this.waiting.delete(one);
          reject(error);
        },
      );
    });
  }

  private setTimer(oldest: Waiting): void {
    // It does not keep the process running when everything has settled before it.
    this.timer = setTimeout(() => this.endLate(), Math.max(1, oldest.until - performance.now()));
    this.timer.unref();
  }

  private endLate(): void {
    this.timer = null;
    const now = performance.now();
    for (const one of this.waiting) {
      if (one.until > now) {
        this.setTimer(one);
        return;
      }
      this.waiting.delete(one);
      one.fail();
    }
  }
}
