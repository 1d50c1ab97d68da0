/**
 * Delivers push notifications to loopback addresses. The settings delay, repeat, reorder or drop
 * them.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { ProviderName } from '../world/state.js';
import type { World } from '../world/world.js';

const TIMEOUT_MS = 10_000;
const RETRIES_MS = [200, 800, 3_200];

/** A notification to deliver. */
export interface Message {
  provider: ProviderName;
  /** The channel's or the subscription's id. */
  source: string;
  url: string;
  headers: Record<string, string>;
  body: string;
}

/** One attempt to deliver a message. `status` is null without a response. */
export interface Delivery extends Message {
  at: string;
  status: number | null;
  outcome: 'delivered' | 'refused' | 'unreachable' | 'dropped' | 'not loopback';
}

/** Whether an address is on this computer. The sandbox calls no other address. */
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

/** Delivers the notifications of one sandbox. */
export class Courier {
  readonly deliveries: Delivery[] = [];
  readonly #world: World;
  readonly #stop = new AbortController();
  readonly #running = new Set<Promise<void>>();
  #waiting: Message | undefined;

  constructor(world: World) {
    this.#world = world;
  }

  /** Sends a message as the delivery settings say. Does not wait for the delivery. */
  send(message: Message): void {
    const { copies, drop, reorder, delayMs } = this.#world.state.settings.delivery;
    if (drop) {
      this.#record(message, null, 'dropped');
      return;
    }
    const batch = reorder ? (this.#waiting ? [message, this.#waiting] : []) : [message];
    this.#waiting = reorder && !this.#waiting ? message : undefined;
    for (const one of batch)
      for (let copy = 0; copy < copies; copy += 1) this.#track(this.#deliver(one, delayMs));
  }

  /**
   * Sends the waiting message. Resolves when all messages are delivered or have failed for good.
   */
  async settle(): Promise<void> {
    if (this.#waiting) this.#track(this.#deliver(this.#waiting, 0));
    this.#waiting = undefined;
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  /** Stops all deliveries. */
  async close(): Promise<void> {
    this.#stop.abort();
    await Promise.allSettled(this.#running);
  }

  /**
   * Sends one POST and returns the response.
   * @throws Error if there is no response within 10 seconds.
   */
  async post(
    url: string,
    headers: Record<string, string>,
    body: string,
  ): Promise<{ status: number; type: string; text: string }> {
    const signal = AbortSignal.any([this.#stop.signal, AbortSignal.timeout(TIMEOUT_MS)]);
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
    this.#running.add(work);
    void work.finally(() => this.#running.delete(work));
  }

  async #deliver(message: Message, delayMs: number): Promise<void> {
    if (!isLoopback(message.url)) {
      this.#record(message, null, 'not loopback');
      return;
    }
    for (const wait of [delayMs, ...RETRIES_MS]) {
      try {
        if (wait > 0) await pause(wait, undefined, { signal: this.#stop.signal });
        const { status } = await this.post(message.url, message.headers, message.body);
        this.#record(message, status, status < 300 ? 'delivered' : 'refused');
        if (![500, 502, 503, 504].includes(status)) return;
      } catch {
        this.#record(message, null, 'unreachable');
        if (this.#stop.signal.aborted) return;
      }
    }
  }

  #record(message: Message, status: number | null, outcome: Delivery['outcome']): void {
    this.deliveries.push({ ...message, at: this.#world.now().toISOString(), status, outcome });
    if (this.deliveries.length > 5_000) this.deliveries.shift();
  }
}
