// Limits of one account at its provider: requests per minute, requests at once, and the time it
// asked us to wait for.

import { ProviderError } from '../errors.js';
import { createGate } from '../gate.js';
import type { RequestLimits } from '../providers/provider-calendars.js';
import type { Sleep } from './backoff.js';

const MINUTE = 60_000;
/** The part of a minute's requests that may go out one after another without a pause. */
const BURST = 1 / 10;
/** A longer wait (milliseconds) ends the run, which is tried again later. */
const PATIENCE_MS = 10_000;
const MANY = 1_000;

interface AccountState {
  /** When the next request is due that uses none of the burst (GCRA). */
  due: number;
  notBefore: number;
  readonly gate: <T>(call: () => Promise<T>) => Promise<T>;
}

/**
 * The limits of all accounts in one process. One run at a time reads an account, so one process at
 * a time does. Where a run moves to another process within a minute, that process starts with at
 * most another burst. Requests of the host that are passed on count where they arrive.
 */
export class AccountLimits {
  private readonly accounts = new Map<string, AccountState>();

  /** @param clock milliseconds since any fixed time */
  constructor(private readonly clock: () => number = () => performance.now()) {}

  /**
   * Sends one request when its turn comes. @throws ProviderError `throttled`, without a request,
   * where that is not soon
   */
  async through<T>(
    accountId: string,
    { perMinute, atOnce }: RequestLimits,
    { sleep, signal }: { sleep: Sleep; signal: AbortSignal },
    call: () => Promise<T>,
  ): Promise<T> {
    const account = this.account(accountId, atOnce);
    return account.gate(async () => {
      const wait = Math.max(this.pause(account), this.turn(account, perMinute));
      if (wait > 0) await sleep(wait, signal);
      return await call();
    });
  }

  /** Notes that the provider asked for no request during the next `milliseconds`. */
  leaveAlone(accountId: string, milliseconds: number): void {
    const account = this.account(accountId, undefined);
    account.notBefore = Math.max(account.notBefore, this.clock() + milliseconds);
  }

  private pause({ notBefore }: AccountState): number {
    const wait = notBefore - this.clock();
    if (wait > PATIENCE_MS)
      throw new ProviderError('throttled', {
        retryAfterSeconds: Math.ceil(wait / 1000),
        reason: 'not sent: the provider asked us to wait',
      });
    return wait;
  }

  private turn(account: AccountState, perMinute: number | undefined): number {
    if (perMinute === undefined) return 0;
    const burst = Math.floor(perMinute * BURST);
    const apart = MINUTE / (perMinute - burst);
    const now = this.clock();
    const due = Math.max(account.due, now);
    account.due = due + apart;
    return due - now - burst * apart;
  }

  private account(id: string, atOnce: number | undefined): AccountState {
    const known = this.accounts.get(id);
    if (known !== undefined) return known;
    if (this.accounts.size >= MANY) this.forgetIdle();
    const made = { due: 0, notBefore: 0, gate: atOnce === undefined ? direct : createGate(atOnce) };
    this.accounts.set(id, made);
    return made;
  }

  /** Forgets accounts without a request in the last minute. */
  private forgetIdle(): void {
    const now = this.clock();
    for (const [id, { due, notBefore }] of this.accounts)
      if (due < now - MINUTE && notBefore < now) this.accounts.delete(id);
  }
}

const direct = <T>(call: () => Promise<T>): Promise<T> => call();
