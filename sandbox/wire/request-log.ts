/** Records the received requests and the number of simultaneous requests per user. */
import type { ProviderName } from '../world/state.js';

/** One request, as it was received. */
export interface ReceivedRequest {
  at: string;
  provider: ProviderName | null;
  /** The route's name, such as `google.events.list`; null when no route matched. */
  route: string | null;
  method: string;
  path: string;
  query: Record<string, string>;
  headers: Record<string, string>;
  body: string;
  /** The email address of the account, if a token or code in the request names one. */
  user: string | null;
  /** The status of the response; null before it is sent. */
  status: number | null;
  /** The fault that was applied, if any. */
  fault: string | null;
}

const KEPT = 10_000;

/** The log of the last requests. Keys for simultaneous requests are `provider:accountId:group`. */
export class RequestLog {
  #requests: ReceivedRequest[] = [];
  readonly #inFlight = new Map<string, number>();
  #peaks = new Map<string, number>();

  add(request: ReceivedRequest): void {
    this.#requests.push(request);
    if (this.#requests.length > KEPT * 1.1) this.#requests = this.#requests.slice(-KEPT);
  }

  list(): readonly ReceivedRequest[] {
    return this.#requests;
  }

  clear(): void {
    this.#requests = [];
    this.#peaks = new Map();
  }

  /** Counts a request as started. Returns how many of this key are running. */
  enter(key: string): number {
    const count = (this.#inFlight.get(key) ?? 0) + 1;
    this.#inFlight.set(key, count);
    this.#peaks.set(key, Math.max(count, this.#peaks.get(key) ?? 0));
    return count;
  }

  /** Counts a request as finished. */
  leave(key: string): void {
    this.#inFlight.set(key, (this.#inFlight.get(key) ?? 1) - 1);
  }

  /** The highest number of simultaneous requests of this key. */
  peak(key: string): number {
    return this.#peaks.get(key) ?? 0;
  }
}
