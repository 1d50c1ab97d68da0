// Requests to a token endpoint (RFC 6749 sections 4.1.3, 5 and 6). Four failures are
// distinguished: not sent (the HTTP client's own error), refused, an unexpected status, an unexpected body.

import { z } from 'zod';
import { ProviderError } from '../errors.js';
import type { TokenSet } from '../vocabulary.js';
import type { HttpClient, HttpResponse } from './http-client.js';
import { errorField, isSuccess, logWords, rejectOutage, unexpectedResponse } from './responses.js';
import { retryAfterSeconds } from './retry-after.js';

/** What is exchanged for tokens, as `grant_type` names it. */
export type GrantType = 'authorization_code' | 'refresh_token';

/** A refusal of a token endpoint. */
export interface Refusal {
  readonly grant: GrantType;
  /** The word of RFC 6749 section 5.2, or one of the provider's own. */
  readonly error: string;
  /** The provider's own words that refine `error`, from `refusalDetails`. */
  readonly details: readonly string[];
}

/** Where a token endpoint is, our credentials, and how its refusals are read. */
export interface TokenEndpointOptions {
  readonly http: HttpClient;
  readonly url: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /**
   * The provider's own fields of a refusal, as words for `classify` and for the log. Absent: there
   * are none.
   */
  refusalDetails?(body: Readonly<Record<string, unknown>>): readonly string[];
  /** The provider's own failure for a refusal; null where the words of RFC 6749 decide. */
  classify(refusal: Refusal): ProviderError | null;
  readonly now?: () => number;
}

/** An authorization code, which can be exchanged once. */
export interface CodeExchange {
  readonly code: string;
  readonly codeVerifier: string;
  readonly redirectUri: string;
}

/**
 * The two requests that we send to a token endpoint. Their `scopes` are sent along, where the
 * provider needs them there; null: they are not.
 */
export interface TokenEndpoint {
  /** Exchanges a code. It is never sent again: a code works once. @throws ProviderError */
  exchange(exchange: CodeExchange, scopes: readonly string[] | null): Promise<TokenSet>;
  /**
   * New tokens for a refresh token.
   * @throws ProviderError `reauthorization_required` when, and only when, the provider says that
   * the grant has ended
   */
  refresh(refreshToken: string, scopes: readonly string[] | null): Promise<TokenSet>;
}

/** A refusal that may be about the requested scopes and not about the grant. */
export class ScopeRefused extends ProviderError {}

const SENDER = 'token endpoint';
const MAX_BODY_BYTES = 1024 * 1024;
const DEFAULT_LIFETIME_SECONDS = 3600;
const LONGEST_LIFETIME_SECONDS = 24 * 3600;

// Microsoft's tokens are long: they hold groups and claims. The characters are those of RFC 6749
// appendix A: none of them can end a header.
const token = z.string().regex(/^[\x20-\x7e]{1,65536}$/);

const tokenResponse = z.object({
  access_token: token,
  token_type: z.string().regex(/^bearer$/i),
  expires_in: z.union([z.number(), z.string()]).optional().catch(undefined),
  // One that cannot be read counts as absent: a refresh keeps the stored one then.
  refresh_token: token.nullish().catch(null),
  scope: z
    .string()
    .regex(/^[\x20-\x7e]{0,65536}$/) // RFC 6749 section 3.3; PostgreSQL stores no NUL
    .nullish(),
});

/** A token endpoint. The client's credentials are sent in the form. */
export function createTokenEndpoint(options: TokenEndpointOptions): TokenEndpoint {
  const { http, url, clientId, clientSecret, now = Date.now } = options;
  const scopeOf = (scopes: readonly string[] | null): Record<string, string> =>
    scopes === null ? {} : { scope: scopes.join(' ') };

  async function send(grant: GrantType, form: Record<string, string>): Promise<TokenSet> {
    const sentAt = now();
    const response = await http.request({
      method: 'POST',
      url,
      form: { grant_type: grant, ...form, client_id: clientId, client_secret: clientSecret },
      maxBodyBytes: MAX_BODY_BYTES,
    });
    rejectOutage(response, SENDER, sentAt);
    if (errorField(response.body) !== undefined) throw refusalIn(response, grant, options);
    if (!isSuccess(response)) {
      const reason = `${SENDER} answered ${response.status} without an error`;
      throw new ProviderError('provider_error', { reason });
    }
    return readTokens(response.body, sentAt);
  }

  return {
    exchange: ({ code, codeVerifier, redirectUri }, scopes) =>
      send('authorization_code', {
        code,
        code_verifier: codeVerifier,
        redirect_uri: redirectUri,
        ...scopeOf(scopes),
      }),

    async refresh(refreshToken, scopes) {
      const form = { refresh_token: refreshToken };
      try {
        return await send('refresh_token', { ...form, ...scopeOf(scopes) });
      } catch (error) {
        // An older grant can have fewer scopes than are requested today. It still works without
        // the list, and only then is a refusal about the grant.
        if (scopes === null || !(error instanceof ScopeRefused)) throw error;
        return await send('refresh_token', form);
      }
    },
  };
}

function readTokens(body: unknown, sentAt: number): TokenSet {
  const parsed = tokenResponse.safeParse(body);
  if (!parsed.success) {
    const fields = parsed.error.issues.map((issue) => issue.path.join('.') || 'body').join(', ');
    throw unexpectedResponse(SENDER, fields);
  }
  const { access_token, refresh_token, scope, expires_in } = parsed.data;
  return {
    accessToken: access_token,
    refreshToken: refresh_token || null,
    expiresAt: new Date(sentAt + lifetimeSeconds(expires_in) * 1000),
    scope: scope ?? null,
  };
}

function lifetimeSeconds(value: number | string | undefined): number {
  const seconds = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof seconds !== 'number' || Number.isNaN(seconds) || seconds < 0)
    return DEFAULT_LIFETIME_SECONDS;
  return Math.min(Math.floor(seconds), LONGEST_LIFETIME_SECONDS);
}

/** The failure of a body that has an `error`. */
function refusalIn(
  { status, headers, body }: HttpResponse,
  grant: GrantType,
  options: TokenEndpointOptions,
): ProviderError {
  const error = errorField(body);
  if (typeof error !== 'string') {
    return new ProviderError('provider_error', {
      reason: `${SENDER} answered ${status} with an unreadable error`,
    });
  }
  const details = options.refusalDetails?.(body as Readonly<Record<string, unknown>>) ?? [];
  const refusal: Refusal = { grant, error, details };
  return (
    options.classify(refusal) ?? classifyByWord(refusal, retryAfterSeconds(headers['retry-after']))
  );
}

/**
 * Words for a mistake in the registration or the settings of this service. The user cannot fix it.
 */
export const MISCONFIGURED: ReadonlySet<string> = new Set([
  'deleted_client',
  'disabled_client',
  'invalid_client',
  'invalid_request',
  'invalid_resource',
  'invalid_scope',
  'redirect_uri_mismatch',
  'unauthorized_client',
  'unsupported_grant_type',
  'unsupported_response_type',
]);

/** Words for an outage, for responses that have no status of their own. */
export const UNAVAILABLE: ReadonlySet<string> = new Set([
  'server_error',
  'temporarily_unavailable',
  'internal_failure',
]);

function classifyByWord(refusal: Refusal, wait: number | undefined): ProviderError {
  const { grant, error } = refusal;
  const reason = refusedBecause(refusal);
  if (UNAVAILABLE.has(error))
    return new ProviderError('provider_unavailable', { reason, retryAfterSeconds: wait });
  if (MISCONFIGURED.has(error)) {
    // RFC 6749 section 5.2: the client is authenticated, and not authorized for this grant.
    const isOthers = grant === 'refresh_token' && error === 'unauthorized_client';
    return new ProviderError('provider_misconfigured', {
      reason,
      ...(isOthers && { proves: 'other_client' }),
    });
  }
  if (error === 'invalid_grant' && grant === 'refresh_token')
    return new ProviderError('reauthorization_required', {
      reason,
      statusReason: 'revoked',
      proves: 'grant_ended',
    });
  return new ProviderError('provider_error', { reason });
}

/** The reason of a refusal, for the log. */
export function refusedBecause({ grant, error, details }: Refusal): string {
  return `${grant} refused: ${logWords(error, details)}`;
}
