// Callbacks parked for the frontend to complete with its own JWT, for browsers where our cookie cannot be.

import type { TokenCipher } from '../accounts/token-cipher.js';
import { IntegrationError } from '../errors.js';

import { HANDLE, hashOf, newHandle, type ParkedCallback } from './authorization-request.js';
import type { OnceStore } from './once-store.js';

const TTL_SECONDS = 120;

export class Tickets {
  constructor(
    private readonly parked: OnceStore<ParkedCallback>,
    private readonly cipher: TokenCipher,
  ) {}

  /** Seals the code away for two minutes. @returns the ticket that redeems it */
  async park(callback: ParkedCallback): Promise<string> {
    const ticket = newHandle();
    const code = this.cipher.seal(callback.code, placeOf(callback));
    await this.parked.put(hashOf(ticket), { ...callback, code }, TTL_SECONDS);
    return ticket;
  }

  /** Whoever presents it, the ticket is spent. @throws IntegrationError `invalid_ticket` unless `userId` started the flow */
  async redeem(ticket: string, userId: string): Promise<ParkedCallback> {
    const callback = HANDLE.test(ticket) ? await this.parked.take(hashOf(ticket)) : null;
    if (callback === null)
      throw new IntegrationError('invalid_ticket', { reason: 'unknown, spent or expired' });
    if (callback.request.userId !== userId)
      throw new IntegrationError('invalid_ticket', { reason: 'of another user' });
    return { ...callback, code: this.cipher.open(callback.code, placeOf(callback)) };
  }
}

function placeOf({ stateHash, request }: ParkedCallback) {
  return { table: 'parked_callbacks', rowId: stateHash, column: 'code', userId: request.userId };
}
