// The face of this room: everything that one service needs to obtain consent.

import type { Logger } from 'pino';
import type { FirstSync } from '../accounts/account-listeners.js';
import type { Accounts } from '../accounts/accounts.js';
import type { HeldGrant } from '../accounts/consent-attempt-store.js';
import type { Audit } from '../audit/audit.js';
import { BY_SYSTEM } from '../audit/audit-words.js';
import type { Provider } from '../providers/provider.js';
import type { BoundedRedis } from '../redis/bounded-redis.js';
import type { Access, ProviderId } from '../vocabulary.js';
import { AdminConsents } from './admin-consents.js';
import { Authorizations } from './authorization.js';
import type { AuthorizationRequest, ParkedCallback } from './authorization-request.js';
import { CallbackGate } from './callback.js';
import { Completion } from './completion.js';
import { ConnectLinks } from './connect-links.js';
import { Imports } from './imports.js';
import { KeptRequests } from './kept-requests.js';
import { LinkFlows } from './link-flow.js';
import { MemoryOnceStore } from './memory-once-store.js';
import type { OnceStore } from './once-store.js';
import { Reaper } from './reaper.js';
import { RedisOnceStore } from './redis-once-store.js';
import { refusalRecord } from './refusal-record.js';
import { RefusedGrants } from './refused-grants.js';
import { Tickets } from './tickets.js';

/** What this room needs from the others. */
export interface OAuthNeeds {
  /** Null: authorization requests and tickets are kept in the memory of this process. */
  readonly redis: BoundedRedis | null;
  readonly audit: Pick<Audit, 'record'>;
  readonly accounts: Pick<
    Accounts,
    'store' | 'attempts' | 'links' | 'adminConsents' | 'cipher' | 'revoke'
  >;
  /** The configured provider of an id. */
  readonly provider: (id: ProviderId) => Provider | undefined;
  /** Queues the first sync of a grant, together with the account. */
  readonly firstSync: FirstSync;
  /** Whether the user may still connect an account. */
  readonly isUserActive: (userId: string) => Promise<boolean>;
  readonly settings: {
    /**
     * `browser`: the callback completes. `frontend`: it is parked, and the frontend completes with
     * a ticket.
     */
    readonly completion: 'browser' | 'frontend';
    /** The access that is requested where a start names nothing. */
    readonly calendarAccess: Access;
    readonly stateTtlSeconds: number;
    readonly providerTimeoutMs: number;
  };
  readonly logger: Logger;
}

/** The parts of a connection, in their order, and the chore for those that were abandoned. */
export interface OAuth {
  readonly authorizations: Authorizations;
  readonly gate: CallbackGate;
  readonly links: ConnectLinks;
  readonly adminConsents: AdminConsents;
  readonly linkFlows: LinkFlows;
  /** Null where the callback itself completes. */
  readonly tickets: Tickets | null;
  readonly completion: Completion;
  readonly imports: Imports;
  /** Drops what the memory of this process has of a user. Redis is another's task. */
  forgetUser(userId: string): void;
  /** Revokes the grants that an erased user was about to connect. Never throws. */
  endGrants(grants: readonly HeldGrant[]): Promise<void>;
  /** Finishes or gives up the attempts that a process abandoned. To be run about once a minute. */
  reapAttempts(): Promise<void>;
}

/** Builds the parts. Nothing is opened or started. */
export function createOAuth(needs: OAuthNeeds): OAuth {
  const { redis, accounts, settings, logger } = needs;
  const { store, attempts, cipher } = accounts;
  const inMemory: { forgetUser(userId: string): void }[] = [];
  const onceStore = <Value>(kind: string): OnceStore<Value> => {
    if (redis !== null) return new RedisOnceStore<Value>(redis, kind);
    const store = new MemoryOnceStore<Value>();
    inMemory.push(store);
    return store;
  };

  const keptRequests = (kind: string): KeptRequests =>
    new KeptRequests(onceStore<AuthorizationRequest>(kind), cipher, settings.stateTtlSeconds);
  const requests = keptRequests('state');
  const bindToBrowser = settings.completion === 'browser';
  const refusedGrants = new RefusedGrants({ revoke: accounts.revoke, logger });
  const completion = new Completion(
    attempts,
    store,
    cipher,
    needs.firstSync,
    needs.isUserActive,
    refusedGrants,
  );
  const reaper = reaperOf(needs, completion, refusedGrants);
  return {
    authorizations: new Authorizations(requests, {
      bindToBrowser,
      access: settings.calendarAccess,
    }),
    links: new ConnectLinks(accounts.links),
    adminConsents: new AdminConsents(accounts.adminConsents, settings.calendarAccess),
    linkFlows: new LinkFlows(keptRequests('link-state'), settings.calendarAccess),
    gate: new CallbackGate(requests),
    tickets: bindToBrowser ? null : new Tickets(onceStore<ParkedCallback>('ticket'), cipher),
    completion,
    imports: new Imports({
      attempts,
      accounts: store,
      firstSync: needs.firstSync,
      audit: needs.audit,
      access: settings.calendarAccess,
    }),
    forgetUser: (userId) => {
      for (const store of inMemory) store.forgetUser(userId);
    },
    async endGrants(grants) {
      await Promise.all(
        grants.map((grant) => refusedGrants.endUnread(needs.provider(grant.provider), grant)),
      );
    },
    reapAttempts: () => reaper.run(),
  };
}

/** Finishes what processes abandoned, and records what it refuses. */
function reaperOf(
  { accounts, provider, audit, settings, logger }: OAuthNeeds,
  completion: Completion,
  refusedGrants: RefusedGrants,
): Reaper {
  return new Reaper(
    accounts.attempts,
    completion,
    provider,
    {
      onFinished: (finished) =>
        logger.info({ audit: 'connected', ...finished }, 'abandoned connection finished'),
      onFailed: (attempt, code) =>
        audit.record(
          null,
          refusalRecord({ ...attempt, accountId: attempt.reconnectAccountId }, code, BY_SYSTEM),
        ),
      onRefused: (attempt, code, result) => refusedGrants.end(attempt, code, result),
    },
    settings.providerTimeoutMs,
  );
}
