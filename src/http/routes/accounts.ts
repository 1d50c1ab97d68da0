// Connected accounts: listing, detail, disconnect.

import { z } from 'zod';
import type { OverviewRow } from '../../account-overview.js';
import type { ConnectedAccount } from '../../accounts/connected-account.js';
import { IntegrationError } from '../../errors.js';
import { field } from '../../field.js';
import type { Caller } from '../../vocabulary.js';
import { Account, accountStatus } from '../account-schemas.js';
import { json, type Shown } from '../answers.js';
import { doneByCaller } from '../done-by.js';
import { presentAccount } from '../present.js';
import { requestIdOf } from '../request-context.js';
import { ACCOUNT_ID, route } from '../route.js';
import { accountId, nextCursor, paging, providerId } from '../schemas.js';
import type { HttpServices } from '../services.js';

const AccountsQuery = z.object({
  userId: field(
    z.string().min(1).max(128).optional(),
    'The user whose accounts to list. For service callers, and for admins; a person may send `me`',
    'user-42',
  ),
  provider: field(
    z.string().min(1).max(64).optional(),
    'Only accounts of this provider',
    ...(providerId.meta()?.examples ?? []),
  ),
  status: field(accountStatus.optional(), 'Only accounts of this status', 'connected'),
  ...paging,
});

const AccountPage = z
  .object({ data: field(z.array(Account), 'The accounts'), nextCursor })
  .meta({ id: 'AccountPage', description: 'One page of accounts' });

/** Why a grant was not ended. */
export const notRevoked = z
  .enum([
    'not_supported',
    'disabled',
    'shared_grant',
    'already_revoked',
    'provider_unavailable',
    'token_unreadable',
    'provider_not_configured',
  ])
  .nullable()
  .meta({
    description: 'Why the provider was not asked, or did not end it. Null when it did',
    examples: ['shared_grant'],
  });

const Disconnected = z
  .object({
    id: accountId,
    revoked: field(z.boolean(), 'Whether the provider has ended the grant', true),
    reason: notRevoked,
    manageUrl: field(
      z.string().nullable(),
      'Where the user removes this app at the provider',
      'https://myaccount.google.com/connections',
    ),
  })
  .meta({ id: 'Disconnected', description: 'What became of a disconnected account' });

/**
 * Presents one account.
 * @throws IntegrationError `account_not_found` when it was disconnected since it was read
 */
export async function presentOneAccount(
  { sync, push }: Pick<HttpServices, 'sync' | 'push'>,
  account: ConnectedAccount,
): Promise<Shown<typeof Account>> {
  const { id } = account;
  const [syncs, pushes] = await Promise.all([sync.statesOf([id]), push.statusOf([id])]);
  const state = syncs.get(id);
  if (state === undefined) throw new IntegrationError('account_not_found');
  return presentAccount(account, state, pushes.get(id));
}

/**
 * The user whose accounts a listing shows; null for all.
 * @param userId the user for whom the request acts
 * @param wanted what the query says
 * @throws IntegrationError `forbidden` for another user's
 */
function ownerFilter(caller: Caller, userId: string, wanted: string | undefined): string | null {
  if (caller.kind === 'service' || wanted === 'me' || wanted === userId) return userId;
  if (caller.kind === 'admin') return wanted ?? null;
  if (wanted !== undefined) throw new IntegrationError('forbidden');
  return userId;
}

/** The owners of accounts other than `userId`, with the number of their accounts. */
function ownersBeside(userId: string, rows: readonly OverviewRow[]): ReadonlyMap<string, number> {
  const owners = new Map<string, number>();
  for (const { account } of rows) {
    const { userId: owner } = account;
    if (owner !== userId) owners.set(owner, (owners.get(owner) ?? 0) + 1);
  }
  return owners;
}

/**
 * `GET /accounts`: the caller's accounts, or everyone's for an admin. An admin's reading of others
 * is logged.
 */
export const listAccounts = route({
  method: 'get',
  path: '/accounts',
  operationId: 'listAccounts',
  tag: 'Accounts',
  summary: "The caller's connected accounts, or everyone's for an admin",
  description: 'Newest first, page by page.',
  who: 'user',
  limit: 'read',
  query: AccountsQuery,
  answer: json(200, AccountPage, 'Newest first'),
  problems: ['unsupported_provider', 'forbidden'],
  async handle({ response, caller, userId: actingFor, query, services }) {
    const { provider = null, status = null, limit, cursor = null } = query;
    if (provider !== null && !services.providers.isKnown(provider))
      throw new IntegrationError('unsupported_provider');
    const userId = ownerFilter(caller, actingFor, query.userId);
    const filter = { userId, provider, status, limit, cursor };
    const { rows, nextCursor } = await services.overview.list(filter);
    const others = ownersBeside(actingFor, rows);
    if (caller.kind === 'admin' && others.size > 0) {
      await services.audit.record(
        null,
        ...[...others].map(([owner, accounts]) => ({
          action: 'admin.read' as const,
          by: doneByCaller(response),
          userId: owner,
          details: { accounts },
        })),
      );
      services.logger.info(
        {
          requestId: requestIdOf(response),
          audit: 'admin_read',
          userId: actingFor,
          count: rows.length,
        },
        'an admin read the accounts of other users',
      );
    }
    const data = rows.map(({ account, sync, push }) => presentAccount(account, sync, push));
    return { data, nextCursor };
  },
});

/** `GET /accounts/:accountId`: one account, to its owner or an admin. */
export const showAccount = route({
  method: 'get',
  path: '/accounts/:accountId',
  operationId: 'getAccount',
  tag: 'Accounts',
  summary: 'One account',
  description: 'With its status, its sync and its push.',
  who: 'user',
  limit: 'read',
  account: 'owner or admin',
  parts: ACCOUNT_ID,
  answer: json(200, Account, 'The account'),
  problems: ['account_not_found'],
  handle: ({ account, services }) => presentOneAccount(services, account),
});

/**
 * `DELETE /accounts/:accountId`: removes an account here, and its grant at the provider where that
 * is possible.
 */
export const disconnectAccount = route({
  method: 'delete',
  path: '/accounts/:accountId',
  operationId: 'disconnectAccount',
  tag: 'Accounts',
  summary: 'Disconnect',
  description:
    'The account is always removed here. ' +
    'The answer says whether its grant was ended at the provider.',
  // The path names the account, also one that is being disconnected and is not found as such.
  who: 'user or service',
  limit: 'disconnect',
  parts: ACCOUNT_ID,
  answer: json(200, Disconnected, 'What was done'),
  problems: ['account_not_found'],
  async handle({ response, caller, userId, path, services: { accounts, providers, logger } }) {
    const done = await accounts.disconnect(
      path.accountId,
      caller.kind === 'admin' ? null : userId,
      doneByCaller(response),
    );
    logger.info(
      {
        requestId: requestIdOf(response),
        audit: 'disconnected',
        userId: userId ?? undefined,
        owner: done.userId,
        accountId: done.id,
        provider: done.provider,
        revoked: done.revoked,
        reason: done.reason,
      },
      'account disconnected',
    );
    const manageUrl = providers.find(done.provider)?.manageUrl ?? null;
    return { id: done.id, revoked: done.revoked, reason: done.reason, manageUrl };
  },
});
