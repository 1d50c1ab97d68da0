// Asking a token endpoint (RFC 6749 sections 4.1.3, 5 and 6), with its four ways to fail told apart:
// not sent (the HTTP client's own error), refused, an odd status, an odd body.

import { z } from 'zod';
import { ProviderError } from '../errors.js';
import type { TokenSet } from '../vocabulary.js';
import type { HttpClient, HttpResponse } from './http-client.js';
import { retryAfterSeconds } from './retry-after.js';

/** What is given for tokens, in the words of `grant_type`. */
export type GrantType = 'authorization_code' | 'refresh_token';

/** A token endpoint's refusal, as it gave it: for a provider to classify, not for anyone to read. */
export interface Refusal {
  readonly grant: GrantType;
  readonly error: string;
  readonly description: string;
  /** Microsoft's AADSTS numbers. */
  readonly codes: readonly number[];
  /** Microsoft's `suberror`, Google's `error_subtype`. */
  readonly subcode: string | null;
}

/** Where a token endpoint is, who asks, and how its refusals are read. */
export interface TokenEndpointOptions {
  readonly http: HttpClient;
  readonly url: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** The provider's reading of a refusal; null where it has none of its own and the OAuth words decide. */
  classify(refusal: Refusal): ProviderError | null;
  readonly now?: () => number;
}

/** An authorization code to be exchanged, once. */
export interface CodeExchange {
  readonly code: string;
  readonly codeVerifier: string;
  readonly redirectUri: string;
}

/** The two questions we have for a token endpoint. */
export interface TokenEndpoint {
  /** Never retried: a code is good for one try. @throws ProviderError */
  exchange(exchange: CodeExchange): Promise<TokenSet>;
  /** @throws ProviderError `reauthorization_required` when, and only when, the provider says the grant is dead */
  refresh(refreshToken: string): Promise<TokenSet>;
}

const MAX_BODY_BYTES = 64 * 1024;
const DEFAULT_LIFETIME = 3600;
const LONGEST_LIFETIME = 24 * 3600;

// Microsoft's tokens are long. The characters are those of RFC 6749 appendix A: nothing that could end a header.
const token = z.string().regex(/^[\x20-\x7e]{1,16384}$/);

const success = z.object({
  access_token: token,
  token_type: z.string().regex(/^bearer$/i),
  expires_in: z.union([z.number(), z.string()]).optional().catch(undefined),
  refresh_token: token.or(z.literal('')).nullish(),
  scope: z
    .string()
    .regex(/^[\x20-\x7e]{0,16384}$/) // RFC 6749 section 3.3; a database keeps no NUL
    .nullish(),
});

const refusal = z.object({
  error: z.string(),
  error_description: z.string().catch(''),
  error_codes: z.array(z.number()).catch([]),
  suberror: z.string().optional().catch(undefined),
  error_subtype: z.string().optional().catch(undefined),
});

/** A token endpoint with this client's credentials, sent in the form. */
export function createTokenEndpoint(options: TokenEndpointOptions): TokenEndpoint {
  const { http, url, clientId, clientSecret, now = Date.now } = options;

  async function ask(grant: GrantType, form: Record<string, string>): Promise<TokenSet> {
    const askedAt = now();
    const response = await http.request({
      method: 'POST',
      url,
      form: { grant_type: grant, ...form, client_id: clientId, client_secret: clientSecret },
      maxBodyBytes: MAX_BODY_BYTES,
    });
    return readTokens(response, grant, askedAt, options.classify);
  }

  return {
    exchange: ({ code, codeVerifier, redirectUri }) =>
      ask('authorization_code', { code, code_verifier: codeVerifier, redirect_uri: redirectUri }),
    refresh: (refreshToken) => ask('refresh_token', { refresh_token: refreshToken }),
  };
}

function readTokens(
  { status, headers, body }: HttpResponse,
  grant: GrantType,
  askedAt: number,
  classify: TokenEndpointOptions['classify'],
): TokenSet {
  const wait = retryAfterSeconds(headers['retry-after'], askedAt);
  // Before the body is believed: an outage that says invalid_grant must not cost anyone their account.
  if (status === 429 || status >= 500) {
    throw new ProviderError('provider_unavailable', {
      reason: `token endpoint answered ${status}`,
      retryAfterSeconds: wait,
    });
  }
  if (typeof body === 'object' && body !== null && 'error' in body) {
    throw readRefusal(body, grant, status, classify, wait);
  }
  if (status < 200 || status > 299) {
    throw new ProviderError('provider_error', {
      reason: `token endpoint answered ${status} without a reason`,
    });
  }
  const answer = success.safeParse(body);
  if (!answer.success) {
    const odd = answer.error.issues.map((issue) => issue.path.join('.') || 'body').join(', ');
    throw new ProviderError('provider_unavailable', {
      reason: `token endpoint answered oddly: ${odd}`,
    });
  }
  const {
    access_token: accessToken,
    refresh_token: refreshToken,
    scope,
    expires_in: lifetime,
  } = answer.data;
  return {
    accessToken,
    refreshToken: refreshToken || null,
    expiresAt: new Date(askedAt + lifetimeSeconds(lifetime) * 1000),
    scope: scope ?? null,
  };
}

function lifetimeSeconds(value: number | string | undefined): number {
  const seconds = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof seconds !== 'number' || Number.isNaN(seconds) || seconds < 0) return DEFAULT_LIFETIME;
  return Math.min(Math.floor(seconds), LONGEST_LIFETIME);
}

function readRefusal(
  body: object,
  grant: GrantType,
  status: number,
  classify: TokenEndpointOptions['classify'],
  wait: number | undefined,
): ProviderError {
  const parsed = refusal.safeParse(body);
  if (!parsed.success) {
    return new ProviderError('provider_error', {
      reason: `token endpoint answered ${status} with an odd error`,
    });
  }
  const { error, error_description: description, suberror, error_subtype: subtype } = parsed.data;
  const spelled = [...description.matchAll(/AADSTS(\d{4,9})/g)].map((match) => Number(match[1]));
  const codes = parsed.data.error_codes.length > 0 ? parsed.data.error_codes : spelled;
  const told: Refusal = { grant, error, description, codes, subcode: suberror ?? subtype ?? null };
  return classify(told) ?? classifyByWord(told, wait);
}

/** Mistakes of this service's registration or settings at the provider: never the user's. */
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

/** Words for an outage, where a status would say 5xx. */
export const UNAVAILABLE: ReadonlySet<string> = new Set([
  'server_error',
  'temporarily_unavailable',
  'internal_failure',
]);

function classifyByWord(
  { grant, error, codes, subcode }: Refusal,
  wait: number | undefined,
): ProviderError {
  const reason = `${grant} refused: ${describe(error, codes, subcode)}`;
  if (UNAVAILABLE.has(error))
    return new ProviderError('provider_unavailable', { reason, retryAfterSeconds: wait });
  if (MISCONFIGURED.has(error)) return new ProviderError('provider_misconfigured', { reason });
  if (error === 'invalid_grant' && grant === 'refresh_token') {
    return new ProviderError('reauthorization_required', { reason, statusReason: 'revoked' });
  }
  return new ProviderError('provider_error', { reason });
}

/** A refusal's words and numbers for the log; free text, which anyone may have written, is left out. */
export function describe(
  error: string,
  codes: readonly number[] = [],
  subcode: string | null = null,
): string {
  const word = (text: string) => (/^[\w.-]{1,64}$/.test(text) ? text : 'unreadable');
  const parts = [word(error), ...(subcode === null ? [] : [word(subcode)])];
  return [...parts, ...codes.slice(0, 5).map((code) => `AADSTS${code}`)].join(' ');
}
