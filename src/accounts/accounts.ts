// The face of this room: it keeps grants, and is the only one that can open a token.

import type { DataSource, EntityManager } from 'typeorm';
import type { DoneBy } from '../audit/audit-words.js';
import { createGates } from '../gate.js';
import type { LeasedToken } from '../host-types.js';
import type { Provider } from '../providers/provider.js';
import type { NotRevoked, ProviderId, StatusReason } from '../vocabulary.js';
import { AccessTokens } from './access-token.js';
import type { AccountListeners } from './account-listeners.js';
import { type AccountPolicy, AccountStore } from './account-store.js';
import { AdminConsentStore, type OnAdminDecision } from './admin-consent-store.js';
import { ConnectLinkStore } from './connect-link-store.js';
import type { ConnectedAccount } from './connected-account.js';
import { ConsentAttemptStore } from './consent-attempt-store.js';
import {
  type Dependents,
  type Disconnected,
  type DisconnectedUser,
  Disconnecting,
} from './disconnect.js';
import type { GrantQuestions, SealedAccess, TokenPurpose } from './live-token.js';
import { type GrantToRevoke, Revoking, revocationOf } from './revoking.js';
import { type Sealer, sealerOf } from './sealer.js';
import { type SealingKey, TokenCipher } from './token-cipher.js';

export interface AccountsNeeds {
  readonly dataSource: DataSource;
  /** Connections that wait while a provider refreshes a token. */
  readonly lockSource: DataSource;
  /** Connections of `lockSource` that one provider may hold at a time. */
  readonly refreshesAtOnce: number;
  /** The newest first: it seals, all of them open. */
  readonly tokenKeys: readonly SealingKey[];
  readonly policy: AccountPolicy;
  readonly providers: {
    find(id: ProviderId): Provider | undefined;
    /** @throws IntegrationError `unsupported_provider`, `provider_not_configured` */
    require(id: ProviderId): Provider;
  };
  /** What other rooms change together with an account. */
  readonly listeners: AccountListeners;
  /** What other rooms do when an administrator has answered. */
  readonly onAdminDecision: OnAdminDecision;
  /** What other rooms keep of an account. */
  readonly dependents: Dependents;
  readonly logger: { warn(fields: object, message: string): void };
}

/** What other rooms use of the accounts. */
export interface Accounts {
  /** For a consent: saves what the user gave. */
  readonly store: AccountStore;
  readonly attempts: ConsentAttemptStore;
  readonly links: ConnectLinkStore;
  readonly adminConsents: AdminConsentStore;
  /** Also seals what a consent keeps outside of this room. */
  readonly cipher: TokenCipher;
  /** Seals secrets of another room's table. @throws Error for a table that has tokens */
  sealer(table: string): Sealer;
  /**
   * The account if `userId` owns it (null: any owner). Null for an absent and a disconnecting one.
   */
  find(accountId: string, userId: string | null): Promise<ConnectedAccount | null>;
  /** A user's accounts, the oldest first. */
  ofUser(userId: string): Promise<ConnectedAccount[]>;
  /** The provider of an account; null when the account is gone. */
  providerOf(accountId: string): Promise<ProviderId | null>;
  /** Marks an account that only the user can fix. */
  requireReauthorization(accountId: string, reason: StatusReason): Promise<boolean>;
  /**
   * Runs `call` with a live token, refreshed early, and once more after a 401. @throws
   * IntegrationError
   */
  useToken<T>(
    accountId: string,
    call: (accessToken: string) => Promise<T>,
    purpose?: TokenPurpose,
    known?: SealedAccess | null,
  ): Promise<T>;
  /**
   * A token that lives for at least `minimumSeconds`, refreshed first when less is left.
   * @throws IntegrationError `account_not_found`, `reauthorization_required`; ProviderError
   */
  lease(accountId: string, minimumSeconds: number): Promise<LeasedToken>;
  /** Runs `call` once for an account that is being disconnected. @throws IntegrationError */
  useLastToken<T>(accountId: string, call: (accessToken: string) => Promise<T>): Promise<T>;
  /**
   * @param userId the owner that must match; null for an admin
   * @param by who disconnects it, for the audit trail
   * @throws IntegrationError `account_not_found`
   */
  disconnect(accountId: string, userId: string | null, by: DoneBy): Promise<Disconnected>;
  /**
   * Disconnects every account of a user, and deletes what else this room keeps of the user.
   * @param also done in the transaction that marks the accounts
   */
  disconnectAll(
    userId: string,
    by: DoneBy,
    also: (manager: EntityManager) => Promise<void>,
  ): Promise<DisconnectedUser>;
  /** What stands in place of an erased user's id: `erased:` and a keyed hash. */
  pseudonymOf(userId: string): string;
  /** The chore: finishes disconnects that a process left unfinished. */
  finishAbandonedDisconnects(): Promise<void>;
  /**
   * Revokes a grant at its provider where that affects no one else. @returns null, or why it was
   * not revoked
   */
  revoke(grant: GrantToRevoke, openToken: () => string): Promise<NotRevoked | null>;
}

/** A disconnect without progress for this long is taken over (seconds). */
const ABANDONED_AFTER_SECONDS = 60;

/** Builds the room. Nothing is read before a method is called. */
export function createAccounts(needs: AccountsNeeds): Accounts {
  const { dataSource, lockSource, providers, listeners, dependents, logger } = needs;
  const cipher = new TokenCipher(needs.tokenKeys);
  const attempts = new ConsentAttemptStore(dataSource, cipher);
  const store = new AccountStore(dataSource, cipher, attempts, needs.policy, listeners);
  const grants: GrantQuestions = {
    refresh: (id, refreshToken, access) =>
      providers.require(id).consent.refresh(refreshToken, access),
    clientIdOf: (id) => providers.find(id)?.consent.clientId ?? null,
    lacking: (id, scope, scopes) =>
      providers.require(id).consent.grantedScopes(scope, scopes).missing,
  };
  const gateOf = createGates(needs.refreshesAtOnce);
  const tokens = new AccessTokens(dataSource, lockSource, cipher, store, grants, gateOf);
  const revoking = new Revoking(dataSource, (id) => revocationOf(providers.find(id)));
  const disconnecting = new Disconnecting({
    dataSource,
    attempts,
    cipher,
    revoking,
    dependents,
    listeners,
    logger,
  });
  return {
    store,
    attempts,
    links: new ConnectLinkStore(dataSource),
    adminConsents: new AdminConsentStore(dataSource, needs.onAdminDecision),
    cipher,
    sealer: (table) => sealerOf(cipher, table),
    find: (accountId, userId) => store.find(accountId, userId),
    ofUser: (userId) => store.ofUser(userId),
    providerOf: (accountId) => store.providerOf(accountId),
    requireReauthorization: (accountId, reason) =>
      store.requireReauthorization(accountId, reason, null),
    useToken: (accountId, call, purpose, known) => tokens.use(accountId, call, purpose, known),
    lease: (accountId, minimumSeconds) => tokens.lease(accountId, minimumSeconds),
    useLastToken: (accountId, call) => tokens.useLast(accountId, call),
    disconnect: (accountId, userId, by) => disconnecting.disconnect(accountId, userId, by),
    disconnectAll: (userId, by, also) => disconnecting.disconnectAll(userId, by, also),
    pseudonymOf: (userId) => cipher.pseudonymOf(userId),
    finishAbandonedDisconnects: () => disconnecting.finishAbandoned(ABANDONED_AFTER_SECONDS),
    revoke: (grant, openToken) => revoking.revoke(grant, openToken),
  };
}
