// What other rooms have to change together with an account.

import type { EntityManager } from 'typeorm';

/** Changes something of an account inside the caller's transaction. */
export type WithinTransaction = (manager: EntityManager, accountId: string) => Promise<void>;

/**
 * Each is called in the transaction that changes the account, after the change: all of it commits,
 * or nothing.
 */
export interface AccountListeners {
  /** The grant no longer works. Only the user can give a new one. */
  readonly onReauthorizationRequired: WithinTransaction;
  /** The user disconnects the account. */
  readonly onDisconnecting: WithinTransaction;
  /** The account's row is locked and is deleted next. */
  readonly onRemoving: WithinTransaction;
}
