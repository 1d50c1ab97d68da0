// What other rooms have to change together with an account.

import type { EntityManager } from 'typeorm';

/** Changes something of an account inside the caller's transaction. */
export type WithinTransaction = (manager: EntityManager, accountId: string) => Promise<void>;

/** What a grant did: began an account, renewed one that worked, or one that did not. */
export type Connected = 'connected' | 'reconnected' | 'recovered';

/**
 * Each is called in the transaction that changes the account, after the change: all of it commits,
 * or nothing.
 */
export interface AccountListeners {
  /** The user gave a grant. Called after the first sync was queued. */
  readonly onConnected: (
    manager: EntityManager,
    accountId: string,
    how: Connected,
  ) => Promise<void>;
  /** The grant no longer works. Only the user can give a new one. */
  readonly onReauthorizationRequired: WithinTransaction;
  /** The user disconnects the account. */
  readonly onDisconnecting: WithinTransaction;
  /** The account's row is locked and is deleted next. */
  readonly onRemoving: WithinTransaction;
}

/** Calls the listeners of several rooms, one after another. */
export function inOrder(...rooms: readonly AccountListeners[]): AccountListeners {
  return {
    async onConnected(manager, accountId, how) {
      for (const room of rooms) await room.onConnected(manager, accountId, how);
    },
    async onReauthorizationRequired(manager, accountId) {
      for (const room of rooms) await room.onReauthorizationRequired(manager, accountId);
    },
    async onDisconnecting(manager, accountId) {
      for (const room of rooms) await room.onDisconnecting(manager, accountId);
    },
    async onRemoving(manager, accountId) {
      for (const room of rooms) await room.onRemoving(manager, accountId);
    },
  };
}
