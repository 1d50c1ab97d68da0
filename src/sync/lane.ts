// The slots of one lane in this process: which run may hold one, and which has to wait.

import { PRIORITY } from './priority.js';

/** After this time (milliseconds) a run gives its slot to others that wait, and waits for another. */
export const BUDGET_MS = 60_000;
/** Runs that wait for a slot again, for each slot. Further ones keep the slot that they have. */
const WAITING_PER_SLOT = 5;

/** What a run may use while it holds a slot. */
export interface Turn {
  /**
   * Called before each request. Waits while the run has used its time and others need its slot.
   * Returns at once when `signal` is aborted.
   */
  pass(signal: AbortSignal): Promise<void>;
}

export interface LaneSettings {
  readonly slots: number;
  readonly budgetMs?: number | undefined;
  /** Called when a slot is free. */
  readonly onFree: () => void;
  /** Milliseconds since any fixed time. */
  readonly clock?: (() => number) | undefined;
}

/** Resolves `over` when the run may go on. */
interface Waiting {
  readonly over: Promise<void>;
  readonly end: () => void;
}

interface Holder {
  priority: number;
  /** When its time is used up. */
  until: number;
  /** Set while it waits for a slot again. */
  waiting: Waiting | null;
}

/**
 * Slots are reserved in steps: runs up to `background` hold at most half of the slots, up to
 * `routine` at most four fifths, up to `personAgain` all but one. With one slot there are no steps.
 */
export class Lane {
  private readonly holders = new Set<Holder>();
  private readonly waiting: Holder[] = [];
  private resumedLast = false;
  private readonly clock: () => number;
  private readonly budgetMs: number;
  /** By priority: how many runs up to this priority may hold a slot. */
  private readonly steps: readonly (readonly [priority: number, limit: number])[];

  constructor(private readonly settings: LaneSettings) {
    const { slots, clock = () => performance.now(), budgetMs = BUDGET_MS } = settings;
    this.clock = clock;
    this.budgetMs = budgetMs;
    this.steps = [
      [PRIORITY.person, slots],
      [PRIORITY.personAgain, Math.max(1, slots - 1)],
      [PRIORITY.routine, Math.max(1, slots - Math.ceil(slots / 5))],
      [PRIORITY.background, Math.max(1, Math.floor(slots / 2))],
    ];
  }

  /** The lowest priority for which a slot is free. Null when none is. */
  leastPriority(): number | null {
    let least: number | null = null;
    for (const [priority, limit] of this.steps) {
      if (this.heldUpTo(priority) >= limit) return least;
      least = priority;
    }
    return least;
  }

  /** How many runs of this priority may take a slot now. */
  roomFor(priority: number): number {
    const rooms = this.steps
      .filter(([step]) => step >= priority)
      .map(([step, limit]) => limit - this.heldUpTo(step));
    return Math.max(0, Math.min(...rooms));
  }

  /** Takes a slot for a run. @returns its turn, and how to end it */
  enter(priority: number): { turn: Turn; leave: () => void } {
    const holder: Holder = { priority, until: this.clock() + this.budgetMs, waiting: null };
    this.holders.add(holder);
    this.resumedLast = false;
    return {
      turn: { pass: (signal) => this.pass(holder, signal) },
      leave: () => this.leave(holder),
    };
  }

  /**
   * Gives a free slot to the run that waits longest for one again. With `inTurn` only where the
   * last slot went to a new run. @returns false when there is no such run or slot
   */
  resume({ inTurn }: { inTurn: boolean }): boolean {
    if (inTurn && this.resumedLast) return false;
    if (this.leastPriority() !== PRIORITY.background) return false;
    const holder = this.waiting.shift();
    if (holder === undefined) return false;
    this.resumedLast = true;
    this.hold(holder);
    return true;
  }

  private heldUpTo(priority: number): number {
    let held = 0;
    for (const holder of this.holders) if (holder.priority <= priority) held += 1;
    return held;
  }

  private async pass(holder: Holder, signal: AbortSignal): Promise<void> {
    const waiting = holder.waiting ?? this.giveUpWhenDue(holder);
    if (waiting === null || signal.aborted) return;
    signal.addEventListener('abort', waiting.end, { once: true });
    await waiting.over;
    signal.removeEventListener('abort', waiting.end);
  }

  /** Null when the run keeps its slot. */
  private giveUpWhenDue(holder: Holder): Waiting | null {
    if (this.clock() < holder.until) return null;
    // A slot is free for any run, so no run waits.
    const isNeeded = this.leastPriority() !== PRIORITY.background;
    if (isNeeded && this.waiting.length < this.settings.slots * WAITING_PER_SLOT)
      return this.giveUp(holder);
    holder.until = this.clock() + this.budgetMs;
    return null;
  }

  private giveUp(holder: Holder): Waiting {
    let end = () => {};
    const over = new Promise<void>((resolve) => {
      end = resolve;
    });
    const waiting = { over, end };
    holder.waiting = waiting;
    holder.priority = PRIORITY.background;
    this.holders.delete(holder);
    this.waiting.push(holder);
    // Its slot is offered to a new run first.
    this.resumedLast = true;
    this.settings.onFree();
    return waiting;
  }

  private hold(holder: Holder): void {
    holder.until = this.clock() + this.budgetMs;
    this.holders.add(holder);
    holder.waiting?.end();
    holder.waiting = null;
  }

  private leave(holder: Holder): void {
    const place = this.waiting.indexOf(holder);
    if (place >= 0) this.waiting.splice(place, 1);
    if (this.holders.delete(holder)) this.settings.onFree();
  }
}
