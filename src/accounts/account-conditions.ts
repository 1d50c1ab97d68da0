// SQL about accounts, lent to the statements of other rooms. The arguments are SQL expressions.

/** Condition: the account `id` is connected. */
export function isConnected(id: string): string {
  return `EXISTS (SELECT FROM connected_accounts account
    WHERE account.id = ${id} AND account.status = 'connected')`;
}

/**
 * Statement: the `id` of the account if it is connected. It waits for a disconnect that has begun,
 * and a later one waits for the end of this transaction.
 */
export function lockConnected(id: string): string {
  return `SELECT id FROM connected_accounts WHERE id = ${id} AND status = 'connected' FOR SHARE`;
}

/** Value: the provider of the account `id`, in any status; null when there is no such account. */
export function providerOf(id: string): string {
  return `(SELECT account.provider FROM connected_accounts account WHERE account.id = ${id})`;
}

/**
 * Condition: both ids are of the same account at the same provider, which two users may have
 * connected.
 */
export function isSameProviderAccount(id: string, otherId: string): string {
  return `EXISTS (SELECT FROM connected_accounts one
    JOIN connected_accounts other USING (provider, provider_account_id)
    WHERE one.id = ${id} AND other.id = ${otherId})`;
}

/** Value: the user of the account `id`, in any status; null when there is no such account. */
export function userOf(id: string): string {
  return `(SELECT account.user_id FROM connected_accounts account WHERE account.id = ${id})`;
}

/** The columns of an account that its notifications show. */
export const SHOWN_FACTS = `status, status_reason, access`;

/**
 * Statement: what a notification of the account `id` needs: `account_id`, `user_id`, `provider`,
 * `status`, `status_reason` and `access`.
 */
export function accountFacts(id: string): string {
  return `SELECT id AS account_id, user_id, provider, ${SHOWN_FACTS}
    FROM connected_accounts WHERE id = ${id}`;
}

/**
 * Statement: the sealed access token of the account `id` with what it is opened with, and `provider`
 * and `status`: see SealedAccess. Only this room can open it.
 */
export function sealedAccessOf(id: string): string {
  return `SELECT id, user_id AS "userId", provider, status, access_token AS "accessToken",
      access_token_expires_at AS "expiresAt", token_version AS version, scopes
    FROM connected_accounts WHERE id = ${id}`;
}
