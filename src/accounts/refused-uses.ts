// Accounts and purposes whose new token was refused too, remembered for a while.

/**
 * After a new token was refused too, no other refusal of the same purpose leads to a refresh for
 * this long (milliseconds).
 */
const REFUSED_MS = 60_000;

export class RefusedUses {
  /** Until when each is remembered. */
  private readonly until = new Map<string, number>();

  constructor(private readonly now: () => Date) {}

  has(use: string): boolean {
    return (this.until.get(use) ?? 0) > this.now().getTime();
  }

  note(use: string): void {
    const now = this.now().getTime();
    for (const [one, until] of this.until) if (until <= now) this.until.delete(one);
    this.until.set(use, now + REFUSED_MS);
  }
}
