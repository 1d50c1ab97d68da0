/** Carries push notifications to loopback addresses, as promptly, as often and in the order the settings say. */
import { setTimeout as pause } from 'node:timers/promises';
import type { ProviderName } from '../world/state.js';
import type { World } from '../world/world.js';

const ANSWER_WITHIN_MS = 10_000;
const RETRIES_MS = [200, 800, 3_200];

/** One notification to carry. */
export interface Message {
  provider: ProviderName;
  /** The channel's or the subscription's id. */
  source: string;
  url: string;
  headers: Record<string, string>;
  body: string;
}

/** What became of a message. `status` null: dropped, or nobody answered. */
export interface Delivery extends Message {
  at: string;
  status: number | null;
  outcome: 'delivered' | 'refused' | 'unreachable' | 'dropped' | 'not loopback';
}

/** True for an address on this machine: the only ones the sandbox ever calls. */
export function isLoopback(address: string): boolean {
  try {
    const { hostname, protocol } = new URL(address);
    const local =
      hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);
    return local && ['http:', 'https:'].includes(protocol);
  } catch {
    return false;
  }
}

/** One courier per sandbox. */
export class Courier {
  readonly deliveries: Delivery[] = [];
  readonly #world: World;
  readonly #stop = new AbortController();
  readonly #underway = new Set<Promise<void>>();
  #heldBack: Message | undefined;

  constructor(world: World) {
    this.#world = world;
  }

  /** Sends a message by the delivery settings, without waiting for it. */
  send(message: Message): void {
    const { copies, drop, reorder, delayMs } = this.#world.state.settings.delivery;
    if (drop) {
      this.#note(message, null, 'dropped');
      return;
    }
    const batch = reorder ? (this.#heldBack ? [message, this.#heldBack] : []) : [message];
    this.#heldBack = reorder && !this.#heldBack ? message : undefined;
    for (const one of batch)
      for (let copy = 0; copy < copies; copy += 1) this.#track(this.#carry(one, delayMs));
  }

  /** Sends what was held back, and resolves when everything has been delivered or given up. */
  async settle(): Promise<void> {
    if (this.#heldBack) this.#track(this.#carry(this.#heldBack, 0));
    this.#heldBack = undefined;
    while (this.#underway.size > 0) await Promise.all(this.#underway);
  }

  /** Ends all deliveries. */
  async close(): Promise<void> {
    this.#stop.abort();
    await Promise.allSettled(this.#underway);
  }

  /** One POST and its answer, for validations. @throws Error when nobody answers in time. */
  async post(
    url: string,
    headers: Record<string, string>,
    body: string,
  ): Promise<{ status: number; type: string; text: string }> {
    const signal = AbortSignal.any([this.#stop.signal, AbortSignal.timeout(ANSWER_WITHIN_MS)]);
    const response = await fetch(url, {
      method: 'POST',
      headers,
      body,
      signal,
      redirect: 'manual',
    });
    return {
      status: response.status,
      type: response.headers.get('content-type') ?? '',
      text: await response.text(),
    };
  }

  #track(work: Promise<void>): void {
    this.#underway.add(work);
    void work.finally(() => this.#underway.delete(work));
  }

  async #carry(message: Message, delayMs: number): Promise<void> {
    if (!isLoopback(message.url)) {
      this.#note(message, null, 'not loopback');
      return;
    }
    for (const wait of [delayMs, ...RETRIES_MS]) {
      try {
        if (wait > 0) await pause(wait, undefined, { signal: this.#stop.signal });
        const { status } = await this.post(message.url, message.headers, message.body);
        this.#note(message, status, status < 300 ? 'delivered' : 'refused');
        if (![500, 502, 503, 504].includes(status)) return;
      } catch {
        this.#note(message, null, 'unreachable');
        if (this.#stop.signal.aborted) return;
      }
    }
  }

  #note(message: Message, status: number | null, outcome: Delivery['outcome']): void {
    this.deliveries.push({ ...message, at: this.#world.now().toISOString(), status, outcome });
    if (this.deliveries.length > 5_000) this.deliveries.shift();
  }
}
