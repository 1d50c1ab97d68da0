// The accounts a caller may see: listing, detail, disconnect.

import type { RequestHandler } from 'express';
import type { Logger } from 'pino';
import type { AccountFilter, AccountPage } from '../accounts/account-listing.js';
import type { AccountStore } from '../accounts/account-store.js';
import type { ConnectedAccount } from '../accounts/connected-account.js';
import type { Disconnecting } from '../accounts/disconnect.js';
import { IntegrationError } from '../errors.js';
import type { Providers } from '../providers/providers.js';
import type { PushStatus } from '../push/channel-status.js';
import type { Syncs } from '../sync/syncs.js';
import type { Caller } from '../vocabulary.js';
import { auditAdminRead } from './log-admin-read.js';
import { presentAccount } from './present.js';
import { callerOf, requestIdOf } from './request-context.js';
import { AccountsQuery } from './schemas.js';
import { idParameter, parseQuery } from './validate.js';

export interface AccountServices {
  readonly accounts: AccountStore;
  readonly listAccounts: (filter: AccountFilter) => Promise<AccountPage>;
  readonly syncs: Syncs;
  /** How providers tell us of changes in these accounts; those that are missing have no push. */
  readonly pushStatus: (accountIds: readonly string[]) => Promise<ReadonlyMap<string, PushStatus>>;
  readonly disconnecting: Disconnecting;
  readonly providers: Providers;
  readonly logger: Logger;
}

/** The account if `caller` may see it. @throws IntegrationError `account_not_found`, the same for foreign and absent */
export async function visibleAccount(
  accounts: AccountStore,
  accountId: string,
  caller: Caller,
  mayAdmin = true,
): Promise<ConnectedAccount> {
  const account = await accounts.find(accountId, caller.admin && mayAdmin ? null : caller.userId);
  if (account === null) throw new IntegrationError('account_not_found');
  return account;
}

export function accountRoutes(services: AccountServices) {
  const { accounts, listAccounts, syncs, pushStatus, disconnecting, providers, logger } = services;

  const list: RequestHandler = async (request, response) => {
    const caller = callerOf(response);
    const query = parseQuery(request, AccountsQuery);
    if (query.provider !== undefined && !providers.isKnown(query.provider))
      throw new IntegrationError('unsupported_provider');
    const { accounts: found, nextCursor } = await listAccounts({
      userId: ownerFilter(caller, query.userId),
      provider: query.provider ?? null,
      status: query.status ?? null,
      limit: query.limit,
      cursor: query.cursor ?? null,
    });
    if (found.some((account) => account.userId !== caller.userId))
      logger.info(
        {
          requestId: requestIdOf(response),
          audit: 'admin_read',
          userId: caller.userId,
          count: found.length,
        },
        "an admin read others' accounts",
      );
    const ids = found.map(({ id }) => id);
    const sync = await syncs.statesOf(ids);
    const push = await pushStatus(ids);
    response.json({
      data: found.map((account) =>
        presentAccount(account, sync.get(account.id), push.get(account.id)),
      ),
      nextCursor,
    });
  };

  const detail: RequestHandler = async (request, response) => {
    const caller = callerOf(response);
    const account = await visibleAccount(accounts, idParameter(request, 'accountId'), caller);
    auditAdminRead(logger, response, account);
    const sync = await syncs.statesOf([account.id]);
    const push = await pushStatus([account.id]);
    response.json(presentAccount(account, sync.get(account.id), push.get(account.id)));
  };

  const disconnect: RequestHandler = async (request, response) => {
    const caller = callerOf(response);
    const done = await disconnecting.disconnect(
      idParameter(request, 'accountId'),
      caller.admin ? null : caller.userId,
    );
    logger.info(
      {
        requestId: requestIdOf(response),
        audit: 'disconnected',
        userId: caller.userId,
        owner: done.userId,
        accountId: done.id,
        provider: done.provider,
        revoked: done.revoked,
        reason: done.reason,
      },
      'account disconnected',
    );
    response.json({
      id: done.id,
      revoked: done.revoked,
      reason: done.reason,
      manageUrl: providers.find(done.provider)?.manageUrl ?? null,
    });
  };

  return { list, detail, disconnect };
}

/** Whose accounts a listing shows. @throws IntegrationError `forbidden` when a user asks for another's */
function ownerFilter(caller: Caller, asked: string | undefined): string | null {
  if (asked === 'me' || asked === caller.userId) return caller.userId;
  if (caller.admin) return asked ?? null;
  if (asked !== undefined) throw new IntegrationError('forbidden');
  return caller.userId;
}
