// Tells readers of this process when the feed goes on. One timer asks for all of them.

import type { Numbering } from './numbering.js';

const LOOK_MS = 200;

interface Waiting {
  readonly after: number;
  readonly end: () => void;
}

export class FeedWatch {
  private readonly waiting = new Set<Waiting>();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly numbering: Pick<Numbering, 'catchUp'>,
    private readonly logger: { warn(fields: object, message: string): void },
  ) {}

  /** Resolves when there is a position after `after`, and after `atMostMs` in any case. */
  wait(after: number, atMostMs: number): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        this.waiting.delete(one);
        resolve();
      };
      const timer = setTimeout(end, atMostMs);
      const one: Waiting = { after, end };
      this.waiting.add(one);
      this.timer ??= setTimeout(() => this.look(), LOOK_MS);
    });
  }

  /** Ends all waits. */
  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    for (const { end } of this.waiting) end();
  }

  private async look(): Promise<void> {
    try {
      const { last } = await this.numbering.catchUp();
      for (const { after, end } of this.waiting) if (after < last) end();
    } catch (error) {
      this.logger.warn({ err: error }, 'the feed could not be read');
    }
    this.timer = this.waiting.size > 0 ? setTimeout(() => this.look(), LOOK_MS) : undefined;
  }
}
