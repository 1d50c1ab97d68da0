// What other rooms have to change together with an account.

import type { EntityManager } from 'typeorm';
import type { ProviderId } from '../vocabulary.js';
import type { GrantPart } from './new-account.js';

/** Changes something of an account inside the caller's transaction. */
export type WithinTransaction = (manager: EntityManager, accountId: string) => Promise<void>;

/**
 * Each is called in the transaction that changes the account, after the change: all of it commits,
 * or nothing.
 */
export interface AccountListeners {
  /** Parts of the statement that saves a grant, for new accounts and others. */
  readonly onGranted: readonly GrantPart[];
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
    onGranted: rooms.flatMap(({ onGranted }) => onGranted),
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

/** Queues the first sync of a grant, together with the account. */
export interface FirstSync {
  /**
   * For a new account: a part of the statement that saves it, the same object each time. Null where
   * `inTransaction` has to do it.
   */
  partFor(provider: ProviderId): Promise<GrantPart | null>;
  readonly inTransaction: WithinTransaction;
  /** Called when the account is saved: the sync can begin. */
  onSaved(provider: ProviderId): void;
}
