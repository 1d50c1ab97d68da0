// Erases a user: accounts with their calendars and events, keys, jobs, attempts, links and
// notifications. The audit trail keeps a pseudonym.

import type { Accounts } from './accounts/accounts.js';
import type { Audit } from './audit/audit.js';
import type { DoneBy } from './audit/audit-words.js';
import type { ErasedUser } from './host-types.js';
import type { Notifications } from './notifications/notifications.js';
import type { OAuth } from './oauth/oauth.js';
import type { BoundedRedis } from './redis/bounded-redis.js';
import { deleteUserKeys } from './redis/delete-user-keys.js';
import type { Sync } from './sync/sync.js';

/** What an erasure needs of the rooms. */
export interface EraseNeeds {
  readonly accounts: Pick<Accounts, 'disconnectAll' | 'pseudonymOf'>;
  readonly notifications: Pick<Notifications, 'eraseUser'>;
  readonly audit: Pick<Audit, 'eraseUser'>;
  readonly sync: Pick<Sync, 'forgetJobs'>;
  readonly oauth: Pick<OAuth, 'forgetUser' | 'endGrants'>;
  /** Null where memory takes its place. */
  readonly redis: BoundedRedis | null;
}

/** Erases a user. @throws when a store is unavailable; it can then be done again */
export type EraseUser = (userId: string, by: DoneBy) => Promise<ErasedUser>;

/**
 * The order matters: first no connection of the user can begin or end any more, then the accounts
 * go, at last what their end has left.
 */
export function createEraseUser(needs: EraseNeeds): EraseUser {
  const { accounts, notifications, audit, sync, oauth, redis } = needs;
  return async (userId, by) => {
    oauth.forgetUser(userId);
    if (redis !== null) await deleteUserKeys(redis, userId);
    // In the transaction that disconnects: what that told of the user is never delivered.
    const { accounts: disconnected, grants } = await accounts.disconnectAll(userId, by, (manager) =>
      notifications.eraseUser(manager, userId),
    );
    await oauth.endGrants(grants);
    await sync.forgetJobs(disconnected.map(({ id }) => id));
    await notifications.eraseUser(null, userId);
    const pseudonym = accounts.pseudonymOf(userId);
    await audit.eraseUser(userId, {
      action: 'user.erase',
      by,
      userId: pseudonym,
      details: {
        accounts: disconnected.length,
        revoked: disconnected.filter(({ revoked }) => revoked).length,
      },
    });
    const shown = disconnected.map(({ id, provider, revoked, reason }) => ({
      id,
      provider,
      revoked,
      reason,
    }));
    return { userId, accounts: shown, erasedAt: new Date() };
  };
}
