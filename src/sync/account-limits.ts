// What one account may ask of its provider: so many requests a minute, so many at once, none before the time it named.

import { ProviderError } from '../errors.js';
import type { RequestLimits } from '../providers/provider-calendars.js';
import type { Sleep } from './backoff.js';
import { createGate } from './parallel.js';

const MINUTE = 60_000;
/** Of a minute's requests, those that may go out one after another without a pause. */
const BURST = 1 / 10;
/** Longer than this (milliseconds) nobody waits: the run ends and comes again. */
const PATIENCE_MS = 10_000;
const MANY = 1_000;

interface AccountState {
  /** When the next request is due that would not use up any of the burst (GCRA). */
  due: number;
  notBefore: number;
  readonly gate: <T>(call: () => Promise<T>) => Promise<T>;
}

/**
 * For one process, over all its runs: an account is read by one run at a time, and so by one process. Where a run passes
 * from one process to another within a minute, the second begins with no more than another burst.
 */
export class AccountLimits {
  private readonly accounts = new Map<string, AccountState>();

  /** @param clock milliseconds from whenever */
  constructor(private readonly clock: () => number = () => performance.now()) {}

  /** Makes one request when its turn has come. @throws ProviderError `throttled` when that is not soon, without a request */
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

  /** The provider has asked to be left alone for so long. */
  leaveAlone(accountId: string, milliseconds: number): void {
    const account = this.account(accountId, undefined);
    account.notBefore = Math.max(account.notBefore, this.clock() + milliseconds);
  }

  private pause({ notBefore }: AccountState): number {
    const wait = notBefore - this.clock();
    if (wait > PATIENCE_MS)
      throw new ProviderError('throttled', {
        retryAfterSeconds: Math.ceil(wait / 1000),
        reason: 'not asked: the provider is to be left alone',
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

  /** Who has asked for nothing lately begins anew. */
  private forgetIdle(): void {
    const now = this.clock();
    for (const [id, { due, notBefore }] of this.accounts)
      if (due < now - MINUTE && notBefore < now) this.accounts.delete(id);
  }
}

const direct = <T>(call: () => Promise<T>): Promise<T> => call();
