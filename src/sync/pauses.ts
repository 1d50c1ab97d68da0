// An account whose status changes is not synced any more. Each function runs in the transaction
// that changes the status.

import type { EntityManager } from 'typeorm';
import type { AccountListeners } from '../accounts/account-listeners.js';

/** The grant no longer works. The run ends by itself and is not followed by another. */
async function pauseForReauthorization(manager: EntityManager, accountId: string): Promise<void> {
  await manager.query(
    `UPDATE account_syncs SET paused_for = 'reauthorization_required', next_sync_at = NULL
      WHERE account_id = $1`,
    [accountId],
  );
}

/** The user disconnects the account. From now on no run may write for it. */
async function pauseForDisconnecting(manager: EntityManager, accountId: string): Promise<void> {
  await manager.query(
    `UPDATE account_syncs SET paused_for = 'disconnecting', sync_id = NULL, next_sync_at = NULL
      WHERE account_id = $1`,
    [accountId],
  );
}

/**
 * Deletes the account's row before the account is deleted. A page that is being saved holds this
 * row and then asks for the account, so the deletion must take them in the same order.
 */
async function forgetSync(manager: EntityManager, accountId: string): Promise<void> {
  await manager.query(`DELETE FROM account_syncs WHERE account_id = $1`, [accountId]);
}

/** What the sync changes together with an account. */
export const SYNC_LISTENERS: AccountListeners = {
  // The first sync is queued by the consent, together with the account.
  onGranted: [],
  onReauthorizationRequired: pauseForReauthorization,
  onDisconnecting: pauseForDisconnecting,
  onRemoving: forgetSync,
};
