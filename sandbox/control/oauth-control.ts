/** The control API for accounts, consent and tokens. */

import { canonicalScope } from '../google/scopes.js';
import { shortScope } from '../microsoft/scopes.js';
import { findTenant } from '../microsoft/tenants.js';
import {
  extendGrant,
  issueAccessToken,
  issueRefreshToken,
  liveRefreshTokens,
  revokeGrants,
} from '../oauth/token-store.js';
import { addCalendar } from '../seed/add-calendar.js';
import { newAccount } from '../seed/new-account.js';
import { ALPHABET } from '../world/random.js';
import type { ProviderName, RefreshToken } from '../world/state.js';
import type { World } from '../world/world.js';
import { type AccountRef, accountOf } from './find-target.js';

/** An account as the control API shows it. */
export interface AccountSummary {
  provider: ProviderName;
  id: string;
  email: string;
  name: string;
  timeZone: string;
  noCalendar: boolean;
  grantedScopes: string[];
  liveRefreshTokens: number;
}

/** A new account. For Microsoft, `personal` makes one like those of outlook.com. */
export interface NewAccount {
  provider: ProviderName;
  email: string;
  name: string;
  timeZone?: string;
  personal?: boolean;
  /** Whether the account has a primary calendar. Default: true. */
  calendar?: boolean;
}

/** Tokens that were issued without a browser. */
export interface IssuedTokens {
  accessToken: string;
  refreshToken: string;
  scopes: string[];
  expiresAt: string;
}

/** The part of the control API about accounts and tokens. */
export interface OAuthControl {
  accounts(): AccountSummary[];
  createAccount(account: NewAccount): AccountSummary;
  /**
   * Changes the name or email, whether the account has a calendar, whether it needs an
   * administrator's consent, or whether it is an administrator.
   */
  updateAccount(
    ref: AccountRef & {
      changes: {
        noCalendar?: boolean;
        adminConsentRequired?: boolean;
        administrator?: boolean;
        name?: string;
        email?: string;
      };
    },
  ): AccountSummary;
  /** Grants consent without a browser. Scopes are written as a client requests them. */
  issueTokens(ref: AccountRef & { scopes: string[]; clientId?: string }): IssuedTokens;
  /**
   * Removes the app from the account, as the user can do. Returns how many refresh tokens were
   * revoked. Access tokens are revoked too unless `keepAccessTokens`.
   */
  revokeGrants(ref: AccountRef & { keepAccessTokens?: boolean }): number;
  /**
   * Takes scopes out of the grants of an account and out of their tokens, which stay valid. Scopes
   * are written as a client requests them.
   */
  withdrawScopes(ref: AccountRef & { scopes: string[] }): void;
  /** Expires the refresh tokens of a user, or of all users of a provider. Returns how many. */
  expireRefreshTokens(ref: { provider: ProviderName; user?: string }): number;
  /** Expires the access tokens of a user, or of all users of a provider. Returns how many. */
  expireAccessTokens(ref: { provider: ProviderName; user?: string }): number;
  refreshTokens(ref: AccountRef): RefreshToken[];
  /**
   * Changes the secret of a client and returns it. With `expired`, the secret stays but no longer
   * works.
   */
  rotateClientSecret(options: {
    provider: ProviderName;
    clientId?: string;
    secret?: string;
    expired?: boolean;
  }): string;
}

/** Creates the part of the control API about accounts and tokens. */
export function oauthControl(world: World): OAuthControl {
  const summary = (ref: AccountRef): AccountSummary => {
    const { provider, id, email, name, timeZone, noCalendar } = accountOf(world, ref);
    const grants = world.state.grants.filter(
      (grant) => grant.provider === provider && grant.accountId === id,
    );
    return {
      provider,
      id,
      email,
      name,
      timeZone,
      noCalendar: noCalendar === true,
      grantedScopes: [...new Set(grants.flatMap((grant) => grant.scopes))],
      liveRefreshTokens: liveRefreshTokens(world, provider, id).length,
    };
  };
  const isOf = (provider: ProviderName, user: string | undefined) => {
    const account = user === undefined ? undefined : accountOf(world, { provider, user });
    return (token: { provider: ProviderName; accountId: string }) =>
      token.provider === provider && (account === undefined || token.accountId === account.id);
  };
  return {
    accounts: () => world.state.accounts.map(({ provider, id }) => summary({ provider, user: id })),
    createAccount: (account) => {
      createAccount(world, account);
      return summary({ provider: account.provider, user: account.email });
    },
    updateAccount({ changes, ...ref }) {
      const account = accountOf(world, ref);
      Object.assign(account, changes);
      world.changed();
      return summary({ provider: account.provider, user: account.id });
    },
    issueTokens({ scopes: requested, clientId, ...ref }) {
      const account = accountOf(world, ref);
      const { provider } = account;
      const client = world.state.clients.find(
        (one) => one.provider === provider && (clientId ?? one.clientId) === one.clientId,
      );
      if (!client) throw new Error(`The sandbox has no ${provider} client ${clientId}`);
      const scopes = requested.map((scope) => scopeName(provider, scope));
      extendGrant(world, { provider, project: client.project, accountId: account.id, scopes });
      const granted = { provider, clientId: client.clientId, accountId: account.id, scopes };
      const refresh = issueRefreshToken(
        world,
        { ...granted, tenant: 'common' },
        provider === 'google' ? null : 90,
        world.state.settings.google.refreshTokenLimit,
      );
      const prefix = provider === 'google' ? 'ya29.a0' : 'EwB';
      const access = issueAccessToken(
        world,
        { ...granted, token: prefix + world.random.text(180) },
        3599,
      );
      return {
        accessToken: access.token,
        refreshToken: refresh.token,
        scopes,
        expiresAt: new Date(access.expiresAt).toISOString(),
      };
    },
    revokeGrants({ keepAccessTokens, ...ref }) {
      const { provider, id } = accountOf(world, ref);
      const kept = keepAccessTokens
        ? Object.values(world.state.accessTokens).filter((token) => !token.revoked)
        : [];
      const ended = revokeGrants(world, provider, id);
      for (const token of kept) delete token.revoked;
      return ended;
    },
    withdrawScopes({ scopes, ...ref }) {
      const { provider, id } = accountOf(world, ref);
      const gone = scopes.map((scope) => scopeName(provider, scope));
      const { grants, refreshTokens, accessTokens } = world.state;
      for (const one of [
        ...grants,
        ...Object.values(refreshTokens),
        ...Object.values(accessTokens),
      ]) {
        if (one.provider !== provider || one.accountId !== id) continue;
        one.scopes = one.scopes.filter((scope) => !gone.includes(scope));
      }
      world.changed();
    },
    expireRefreshTokens({ provider, user }) {
      const live = Object.values(world.state.refreshTokens).filter(
        (token) => isOf(provider, user)(token) && !token.ended,
      );
      for (const token of live) token.ended = 'expired';
      world.changed();
      return live.length;
    },
    expireAccessTokens({ provider, user }) {
      const now = world.now().getTime();
      const live = Object.values(world.state.accessTokens).filter(
        (token) => isOf(provider, user)(token) && token.expiresAt > now,
      );
      for (const token of live) token.expiresAt = now;
      world.changed();
      return live.length;
    },
    refreshTokens: (ref) => {
      const { provider, id } = accountOf(world, ref);
      return Object.values(world.state.refreshTokens).filter(
        (token) => token.provider === provider && token.accountId === id,
      );
    },
    rotateClientSecret({ provider, clientId, secret, expired }) {
      const client = world.state.clients.find(
        (one) => one.provider === provider && (clientId ?? one.clientId) === one.clientId,
      );
      if (!client) throw new Error(`The sandbox has no ${provider} client ${clientId}`);
      if (expired) client.secretExpired = true;
      else {
        delete client.secretExpired;
        client.secret = secret ?? `sandbox-secret-${world.random.text(24, ALPHABET.base62)}`;
      }
      world.changed();
      return client.secret;
    },
  };
}

function createAccount(
  world: World,
  { provider, email, name, timeZone = 'UTC', personal, calendar = true }: NewAccount,
): void {
  if (world.findAccount(provider, email))
    throw new Error(`There is already a ${provider} account ${email}. Choose another email.`);
  const { random, state } = world;
  const colleague = state.accounts.find(
    (account) => account.provider === 'microsoft' && account.mail,
  );
  const tenantId = findTenant(world, email.split('@')[1] ?? '')?.id ?? colleague?.tenantId;
  const guid = random.uuid();
  const hex = random.text(16, ALPHABET.hex);
  const directory = personal
    ? {
        id: hex,
        objectId: `00000000-0000-0000-${hex.slice(0, 4)}-${hex.slice(4)}`,
        tenantId: '9188040d-6c67-4c5b-b112-36a304b66dad',
        mail: null,
      }
    : {
        id: guid,
        objectId: guid,
        ...(tenantId ? { tenantId } : {}),
        mail: email,
      };
  const identity = provider === 'google' ? { id: `1${random.text(20, '0123456789')}` } : directory;
  const account = newAccount({ provider, email, name, timeZone, locale: 'en', ...identity });
  state.accounts.push(account);
  if (calendar)
    addCalendar(world, account, {
      name: provider === 'google' ? email : 'Calendar',
      primary: true,
      ...(provider === 'google' ? { id: email } : {}),
    });
  else account.noCalendar = true;
  world.changed();
}

/** A scope as the state of the sandbox names it. */
function scopeName(provider: ProviderName, scope: string): string {
  return provider === 'google' ? canonicalScope(scope) : (shortScope(scope) ?? scope);
}
