/** Remembers the requests that came in, and how many of one user's were under way at once. */
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
  /** The account's email, where a token, a code or a refresh token told whose request it is. */
  user: string | null;
  /** Once it is answered. */
  status: number | null;
  /** The fault it met, if any. */
  fault: string | null;
}

const KEPT = 10_000;

/** A bounded log. Keys of parallelism are `provider:accountId:group`. */
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

  /** One more under way; answers how many there are now. */
  enter(key: string): number {
    const count = (this.#inFlight.get(key) ?? 0) + 1;
    this.#inFlight.set(key, count);
    this.#peaks.set(key, Math.max(count, this.#peaks.get(key) ?? 0));
    return count;
  }

  leave(key: string): void {
    this.#inFlight.set(key, (this.#inFlight.get(key) ?? 1) - 1);
  }

  peak(key: string): number {
    return this.#peaks.get(key) ?? 0;
  }
}
