// Saves a grant as a new account: account, end of the attempt, audit entry and what other rooms
// lend, in one statement.

import { insertAuditEntries } from '../audit/record-audit.js';
import {
  type ComposedStatement,
  composeStatement,
  type StatementPart,
} from '../database/statement-parts.js';
import { SHOWN_FACTS } from './account-conditions.js';
import { attemptById } from './attempt-statements.js';
import type { Grant } from './grant.js';

/**
 * A part of the statement that saves a grant. Beside `given`, with `account_id`, it reads `account`:
 * `id`, `user_id`, `provider`, `outcome` (see {@link ConnectOutcome}), and the facts that its
 * notifications show, one row for each account that was saved.
 */
export type GrantPart = StatementPart<Grant>;

/** What a grant means for its account. `recovered`: it waited for its user until now. */
export type ConnectOutcome = 'connected' | 'reconnected' | 'recovered';

/**
 * The account. The tokens come from the attempt, where they were sealed for it. It passes over a
 * grant whose account exists already, and one whose attempt was ended.
 */
const NEW_ACCOUNT: GrantPart = {
  columns: {
    account_id: 'uuid',
    provider_account_id: 'text',
    email: 'text',
    display_name: 'text',
    scopes: 'text[]',
    client_id: 'text',
    access: 'text',
  },
  values: ({ accountId, profile, scopes, clientId, access }) => ({
    account_id: accountId,
    provider_account_id: profile.providerAccountId,
    email: profile.email,
    display_name: profile.displayName,
    scopes,
    client_id: clientId,
    access,
  }),
  steps: {
    attempt: `
      SELECT attempt.id, attempt.account_id, attempt.user_id, attempt.provider,
             attempt.access_token, attempt.refresh_token, attempt.access_token_expires_at
        FROM given CROSS JOIN LATERAL (${attemptById('exchanged')}) AS attempt
       WHERE attempt.account_id = given.account_id AND attempt.refresh_token IS NOT NULL`,
    inserted: `
      INSERT INTO connected_accounts
             (id, user_id, provider, provider_account_id, email, display_name, scopes, status,
              access_token, refresh_token, access_token_expires_at, client_id, access,
              connected_at, updated_at)
      SELECT given.account_id, attempt.user_id, attempt.provider, given.provider_account_id,
             given.email, given.display_name, given.scopes, 'connected', attempt.access_token,
             attempt.refresh_token, attempt.access_token_expires_at, given.client_id, given.access,
             now(), now()
        FROM given JOIN attempt ON attempt.id = given.key
       ORDER BY attempt.user_id, attempt.provider, given.provider_account_id
      ON CONFLICT (user_id, provider, provider_account_id) DO NOTHING
      RETURNING id, user_id, provider, status, status_reason, access`,
    account: `
      SELECT id, user_id, provider, 'connected'::text AS outcome, ${SHOWN_FACTS} FROM inserted`,
    ended: `
      UPDATE authorization_attempts done
         SET status = 'done', access_token = NULL, refresh_token = NULL, updated_at = now()
        FROM attempt JOIN account ON account.id = attempt.account_id
       WHERE done.id = attempt.id
      RETURNING done.id, done.account_id`,
  },
  matches: ['ended', 'account'],
};

/** The entry of the audit trail. */
const RECORD: GrantPart = {
  columns: { actor_kind: 'text', actor_id: 'text', request_id: 'text', is_imported: 'boolean' },
  values: ({ by: { actor, requestId }, isImported = false }) => ({
    is_imported: isImported,
    actor_kind: actor.kind,
    actor_id: actor.id,
    request_id: requestId,
  }),
  steps: {
    recorded: insertAuditEntries(`
      SELECT CASE WHEN is_imported THEN 'account.import'
                  WHEN account.outcome = 'connected' THEN 'account.connect'
                  ELSE 'account.reconnect' END AS action, actor_kind, actor_id, request_id, user_id, account_id, provider,
             'success' AS outcome, '{}'::jsonb AS details
        FROM account JOIN given ON given.account_id = account.id`),
  },
  matches: ['recorded', 'account'],
};

/** The statement for grants of new accounts. @param parts of other rooms */
export function newAccountStatement(
  name: string,
  parts: readonly GrantPart[],
): ComposedStatement<Grant> {
  return composeStatement({
    name,
    parts: [NEW_ACCOUNT, RECORD, ...parts],
    result: `SELECT attempt.id AS key FROM attempt JOIN account ON account.id = attempt.account_id`,
    keyOf: ({ attemptId }) => attemptId,
  });
}

/** An account that a transaction has saved by other statements. */
const SAVED_ACCOUNT: StatementPart<SavedGrant> = {
  columns: { account_id: 'uuid', outcome: 'text' },
  values: ({ accountId, outcome }) => ({ account_id: accountId, outcome }),
  steps: {
    account: `
      SELECT id, user_id, provider, given.outcome, ${SHOWN_FACTS}
        FROM given JOIN connected_accounts ON id = given.account_id`,
  },
};

/** A grant, with the id of the account that has it now. */
export interface SavedGrant extends Grant {
  readonly outcome: ConnectOutcome;
}

/** The same parts, for an account that the same transaction has saved. */
export function savedAccountStatement(parts: readonly GrantPart[]): ComposedStatement<SavedGrant> {
  return composeStatement<SavedGrant>({
    name: 'account-saved',
    parts: [SAVED_ACCOUNT, RECORD, ...parts],
    result: 'SELECT id AS key FROM account',
    keyOf: ({ attemptId }) => attemptId,
  });
}
