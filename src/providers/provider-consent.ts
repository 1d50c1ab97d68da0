// What a provider offers for consent and tokens: everything OAuth about it.

import type { Access, Profile, TokenSet } from '../vocabulary.js';
import type { RunnableStrategy } from './run-strategy.js';

/** Keeps a PKCE verifier with an authorization request. @returns its state, to send along */
export type BeginAuthorization = (verifier: string) => Promise<string>;

/**
 * Called with the tokens as soon as the provider has given them, and before anything else is
 * requested from it, so that they are stored before they can be lost.
 */
export type KeepTokens = (tokens: TokenSet) => Promise<void>;

/** What a strategy is made for. */
export type StrategyPurpose = {
  /** The requested access. */
  readonly access: Access;
} & (
  | /** One authorization request: `begin` keeps the PKCE verifier and returns the state. */
  { readonly begin: BeginAuthorization }
  /**
   * One code exchange. The state was spent and checked before; `verifier` is the PKCE verifier that
   * was kept with it.
   */
  | { readonly verifier: string; readonly keepTokens: KeepTokens }
);

/** The result of a code exchange: the tokens and the profile they belong to. */
export interface ConsentResult {
  readonly tokens: TokenSet;
  readonly profile: Profile;
}

/** The calendar scopes of a grant. */
export interface GrantedScopes {
  readonly granted: readonly string[];
  /** Needed and not granted. */
  readonly missing: readonly string[];
  /** What the granted scopes allow. */
  readonly access: Access;
}

/** Consent and tokens of one provider. */
export interface ProviderConsent {
  /**
   * The scopes that are requested for an access, identity and offline access included, as the
   * provider spells them.
   */
  scopes(access: Access): readonly string[];
  readonly clientId: string;
  /**
   * Whether an `iss` of a callback (RFC 9207) belongs to this provider: its known issuer, or one of
   * the same origin as its authorization endpoint.
   */
  isIssuer(issuer: string): boolean;
  /**
   * A new Passport strategy for one purpose, with PKCE S256 and our own HTTP client. In a code
   * exchange `success` passes on a ConsentResult.
   */
  strategy(purpose: StrategyPurpose): RunnableStrategy;
  /**
   * The URL at which the user gives consent, with PKCE S256, as the strategy writes it.
   * @throws the error of `begin`
   */
  authorizationUrl(
    wanted: { readonly loginHint: string | null; readonly access: Access },
    begin: BeginAuthorization,
  ): Promise<string>;
  /** The provider's own options for the strategy: access_type, prompt, login_hint. */
  authorizationOptions(wanted: { loginHint: string | null }): Record<string, unknown>;
  /**
   * The `error` of a callback as one of our errors. `description` is searched for codes and never
   * shown.
   */
  redirectError(error: string, description: string | null, subcode: string | null): Error;
  /**
   * New tokens for a refresh token.
   * @param access what its grant allows
   * @throws ProviderError `reauthorization_required`, `provider_misconfigured`,
   * `provider_unavailable`, `provider_error`, `admin_consent_required`
   */
  refresh(refreshToken: string, access: Access): Promise<TokenSet>;
  /** The profile that an access token belongs to. @throws ProviderError */
  profile(accessToken: string): Promise<Profile>;
  /**
   * The calendar scopes in a token response's `scope`. Null means: as requested (RFC 6749 section
   * 5.1).
   * @param wanted the access whose configured calendar scopes must be there, or the scopes
   * themselves. A scope to write includes the one to read
   */
  grantedScopes(scope: string | null, wanted: Access | readonly string[]): GrantedScopes;
}

/**
 * Ends a grant at the provider. This can end every grant of this client for the account, not one
 * token alone.
 */
export interface ProviderRevocation {
  /**
   * Revokes the grant of `token`. `gone` when the provider no longer knew the token.
   * @throws ProviderError `provider_unavailable`, `provider_error`
   */
  revoke(token: string): Promise<'revoked' | 'gone'>;
}
