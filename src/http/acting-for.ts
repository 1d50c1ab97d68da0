// For whom a request acts: a person for themselves, a service caller for the user it names.

import { z } from 'zod';
import type { ConnectedAccount } from '../accounts/connected-account.js';
import { IntegrationError } from '../errors.js';
import { field } from '../field.js';
import { callerOf } from './request-context.js';
import type { IncomingRequest, Route } from './route.js';
import { invalidUserId, requireUserId } from './user-id.js';
import { parseId } from './validate.js';
import { findAccount } from './visible-account.js';

/** The parameter with which a service caller names the user. */
export const ACTING_FOR = {
  userId: field(
    z.string().min(1).max(128).optional(),
    'For service callers: the user for whom the request is. Needed where no account names them',
    'user-42',
  ),
};

/** What a request says about the user it is for. */
interface Named {
  /** The account of the path, where the route asks for it. */
  readonly account: ConnectedAccount | null;
  readonly query: Readonly<Record<string, unknown>>;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Whether a route acts for a user, so that a service caller names one. */
export const isForUser = ({ who }: Route): boolean =>
  who === 'user' || who === 'bearer' || who === 'user or service';

/** The query of a route, with the name of the user. */
export function queryOfRoute(route: Route): z.ZodObject | undefined {
  const { query } = route;
  if (!isForUser(route)) return query;
  if (query === undefined) return z.object(ACTING_FOR);
  return 'userId' in query.shape ? query : query.safeExtend(ACTING_FOR);
}

/** The JSON body of a route, with the name of the user. */
export function bodyOfRoute(route: Route): z.ZodObject | undefined {
  const { body } = route;
  return isForUser(route) ? body?.safeExtend(ACTING_FOR) : body;
}

/** What was sent without the name of the user, unless the route declares it by itself. */
export function withoutUser(
  sent: Readonly<Record<string, unknown>>,
  declared: z.ZodObject | undefined,
): Readonly<Record<string, unknown>> {
  if ('userId' in (declared?.shape ?? {})) return sent;
  const { userId: _, ...rest } = sent;
  return rest;
}

/**
 * The user for whom a request acts. Null where a route needs none and none is named.
 * @throws IntegrationError `invalid_request` where a service caller has to name the user,
 * `account_not_found` where the account is not that user's, `forbidden` for a person who names
 * another user
 */
export async function actingUser(
  incoming: IncomingRequest,
  route: Route,
  named: Named,
): Promise<string | null> {
  const caller = callerOf(incoming.response);
  const userId = nameIn(named);
  if (caller.kind === 'service') return userOfService(incoming, route, named, userId);
  // A listing that declares `userId` by itself says whom an admin may name.
  const isOwn = userId === undefined || userId === 'me' || userId === caller.userId;
  if (!isOwn && !('userId' in (route.query?.shape ?? {}))) throw new IntegrationError('forbidden');
  return caller.userId;
}

/** @throws IntegrationError `invalid_request` where query and body name different users */
function nameIn({ query, body }: Named): string | undefined {
  const names = [query['userId'], body['userId']].filter((name) => name !== undefined);
  if (names.length === 2 && names[0] !== names[1])
    throw new IntegrationError('invalid_request', {
      detail: 'userId of the query and userId of the body differ. Send it once.',
    });
  return names[0] === undefined ? undefined : String(names[0]);
}

async function userOfService(
  { services }: IncomingRequest,
  route: Route,
  { account, query }: Named,
  userId: string | undefined,
): Promise<string | null> {
  if (userId === 'me') throw invalidUserId();
  if (userId !== undefined) requireUserId(userId);
  // Where a route needs no user, its account may be one that was disconnected.
  const needsUser = route.who !== 'user or service';
  const owner = account ?? (needsUser ? await accountIn(services, query) : null);
  if (owner !== null && userId !== undefined && owner.userId !== userId)
    throw new IntegrationError('account_not_found');
  const user = userId ?? owner?.userId ?? null;
  if (user === null && needsUser)
    throw new IntegrationError('invalid_request', {
      detail:
        'userId is missing: a service caller names the user for whom the request is. ' +
        'Send it in the query, for example userId=user-42.',
    });
  return user;
}

/** The account that the query names, which also names its owner. */
async function accountIn(
  services: IncomingRequest['services'],
  { accountId }: Readonly<Record<string, unknown>>,
): Promise<ConnectedAccount | null> {
  if (typeof accountId !== 'string') return null;
  return findAccount(services, parseId(accountId, 'account_not_found'), null);
}
