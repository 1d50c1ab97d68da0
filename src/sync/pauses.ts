// An account whose status changes is not synced any more. Each function runs in the transaction that changes the status.

import type { EntityManager } from 'typeorm';

/** The grant no longer works. The run ends by itself and is not followed by another. */
export async function pauseForReauthorization(
  manager: EntityManager,
  accountId: string,
): Promise<void> {
  await manager.query(
    `UPDATE account_syncs SET paused_for = 'reauthorization_required', next_sync_at = NULL WHERE account_id = $1`,
    [accountId],
  );
}

/** The user disconnects the account. From now on no run may write for it. */
export async function pauseForDisconnecting(
  manager: EntityManager,
  accountId: string,
): Promise<void> {
  await manager.query(
    `UPDATE account_syncs SET paused_for = 'disconnecting', sync_id = NULL, next_sync_at = NULL WHERE account_id = $1`,
    [accountId],
  );
}

/**
 * Deletes the account's row before the account is deleted. A page that is being saved holds this row and then asks for
 * the account, so the deletion must take them in the same order.
 */
export async function forgetSync(manager: EntityManager, accountId: string): Promise<void> {
  await manager.query(`DELETE FROM account_syncs WHERE account_id = $1`, [accountId]);
}
