// Finds the account that a request names, where its caller may see it.

import type { ConnectedAccount } from '../accounts/connected-account.js';
import { IntegrationError } from '../errors.js';
import type { Caller } from '../vocabulary.js';
import { doneByCaller } from './done-by.js';
import { callerOf, requestIdOf } from './request-context.js';
import type { AccountAccess, IncomingRequest } from './route.js';
import type { HttpServices } from './services.js';
import { parseId } from './validate.js';

/**
 * The account of the path. An admin's access to the account of another user is logged.
 * @throws IntegrationError `account_not_found`, the same for an account of another user and for
 * none
 */
export async function visibleAccount(
  { request, response, services }: IncomingRequest,
  access: AccountAccess,
): Promise<ConnectedAccount> {
  const caller = callerOf(response);
  const accountId = parseId(String(request.params['accountId']), 'account_not_found');
  const account = await findAccount(services, accountId, ownerSeenBy(caller, access));
  if (caller.kind === 'admin' && account.userId !== caller.userId) {
    await services.audit.record(null, {
      action: 'admin.read',
      by: doneByCaller(response),
      userId: account.userId,
      accountId: account.id,
      provider: account.provider,
    });
    services.logger.info(
      {
        requestId: requestIdOf(response),
        audit: 'admin_read',
        userId: caller.userId,
        owner: account.userId,
        accountId: account.id,
      },
      "an admin read another user's account",
    );
  }
  return account;
}

/** The owner whose accounts a caller may see; null for every owner. */
export function ownerSeenBy(caller: Caller, access: AccountAccess): string | null {
  if (caller.kind === 'service') return null;
  return caller.kind === 'admin' && access === 'owner or admin' ? null : caller.userId;
}

/**
 * The account of that id.
 * @param owner the user whose account it has to be; null for any
 * @throws IntegrationError `account_not_found`
 */
export async function findAccount(
  { accounts }: Pick<HttpServices, 'accounts'>,
  accountId: string,
  owner: string | null,
): Promise<ConnectedAccount> {
  const account = await accounts.find(accountId, owner);
  if (account === null) throw new IntegrationError('account_not_found');
  return account;
}
