// Parked callbacks: the frontend completes them with its own JWT, where our cookie cannot reach the
// browser.

import type { TokenCipher } from '../accounts/token-cipher.js';
import { IntegrationError } from '../errors.js';
import { HANDLE, hashOf, newHandle, type ParkedCallback } from './authorization-request.js';
import type { OnceStore } from './once-store.js';

const TTL_SECONDS = 120;

/** Parks callbacks and redeems their tickets. */
export class Tickets {
  constructor(
    private readonly parked: OnceStore<ParkedCallback>,
    private readonly cipher: TokenCipher,
  ) {}

  /** Keeps a callback for two minutes, with its code sealed. @returns the ticket that redeems it */
  async park(callback: ParkedCallback): Promise<string> {
    const ticket = newHandle();
    const code = this.cipher.seal(callback.code, placeOf(callback));
    await this.parked.put(hashOf(ticket), { ...callback, code }, TTL_SECONDS);
    return ticket;
  }

  /**
   * The parked callback of a ticket. The ticket is spent, also when another user presents it.
   * @throws IntegrationError `invalid_ticket` unless `userId` began the authorization request
   */
  async redeem(ticket: string, userId: string): Promise<ParkedCallback> {
    const callback = HANDLE.test(ticket) ? await this.parked.take(hashOf(ticket)) : null;
    if (callback === null)
      throw new IntegrationError('invalid_ticket', { reason: 'unknown, spent or expired' });
    if (callback.request.userId !== userId)
      throw new IntegrationError('invalid_ticket', { reason: 'of another user' });
    return { ...callback, code: this.cipher.open(callback.code, placeOf(callback)) };
  }
}

/** Where the sealed code lies, for the seal. */
function placeOf({ stateHash, request }: ParkedCallback) {
  return { table: 'parked_callbacks', rowId: stateHash, column: 'code', userId: request.userId };
}
