// Reads and checks a callback. The state is spent before any other parameter counts.

import { timingSafeEqual } from 'node:crypto';
import { IntegrationError } from '../errors.js';
import type { Provider } from '../providers/provider.js';
import { type AuthorizationRequest, bindingName, HANDLE, hashOf } from './authorization-request.js';
import type { OnceStore } from './once-store.js';

/** The parameters of a callback that we read. All others are ignored. */
export interface CallbackParameters {
  readonly state: string;
  readonly code: string | null;
  readonly error: string | null;
  readonly errorDescription: string | null;
  readonly errorSubcode: string | null;
  readonly issuer: string | null;
}

/** What the callback's own request says about the user. */
export interface CallbackArrival {
  /** The value of the cookie of this (unprefixed) name. */
  readonly bindingCookie: (name: string) => string | null;
  /** The users that the host, a session or a JWT cookie of this request name. */
  readonly signedInUserIds: readonly string[];
}

/**
 * RFC 6749 leaves the size of a code open. Microsoft gives work accounts codes of more than 2,048
 * characters.
 */
const LONGEST_CODE = 16_384;

/**
 * The parameters of a callback.
 * @throws IntegrationError `invalid_state` when the query does not have the shape of a callback
 */
export function readParameters(query: URLSearchParams): CallbackParameters {
  const single = (name: string): string | null => {
    const values = query.getAll(name);
    if (values.length > 1) throw invalid(`${name} is given twice`);
    return values[0] ?? null;
  };
  const state = single('state');
  if (state === null || !HANDLE.test(state))
    throw invalid(state === null ? 'missing' : 'malformed');
  const [code, error] = [single('code'), single('error')];
  if (code === null && error === null) throw invalid('neither code nor error');
  if (code !== null && error !== null) throw invalid('both code and error');
  if (code !== null && (code === '' || code.length > LONGEST_CODE || hasControls(code)))
    throw invalid('malformed code');
  const issuer = query.getAll('iss');
  if (issuer.length > 1) throw invalid('iss is given twice');
  return {
    state,
    code,
    error,
    // Only these two may come more than once: they decide nothing about whose callback it is.
    errorDescription: query.get('error_description'),
    errorSubcode: query.get('error_subcode'),
    issuer: issuer[0] ?? null,
  };
}

/** Spends the state of a callback and checks the kept request against it. */
export class CallbackGate {
  constructor(
    private readonly requests: OnceStore<AuthorizationRequest>,
    private readonly ttlSeconds: number,
    private readonly now: () => number = Date.now,
  ) {}

  /**
   * The authorization request of a callback. After this call the state is spent, unless the binding
   * cookie is missing.
   * @param bound whether the callback has to come back to the browser that began the request
   * @throws IntegrationError `invalid_state`, with the reason for the log;
   * `temporarily_unavailable` when the store of requests is unavailable
   */
  async take(
    provider: Provider,
    parameters: CallbackParameters,
    arrival: CallbackArrival,
    bound: boolean,
  ): Promise<{ stateHash: string; request: AuthorizationRequest }> {
    const stateHash = hashOf(parameters.state);
    const secret = bound ? arrival.bindingCookie(bindingName(stateHash)) : null;
    // Without the cookie the state is not looked up, so that another person who has seen it cannot
    // spend it.
    if (bound && (secret === null || !HANDLE.test(secret)))
      throw invalid('another browser: no binding cookie');
    const request = await this.requests.take(stateHash);
    if (request === null) throw invalid('unknown, spent or expired');
    if (this.now() - request.issuedAt >= this.ttlSeconds * 1_000) throw invalid('expired');
    if (request.provider !== provider.id || request.clientId !== provider.consent.clientId)
      throw invalid('of another provider or client');
    if (
      bound &&
      !(
        request.bindingHash !== null &&
        secret !== null &&
        sameHash(request.bindingHash, hashOf(secret))
      )
    )
      throw invalid('another browser: the binding does not match');
    if (arrival.signedInUserIds.some((userId) => userId !== request.userId))
      throw invalid('another signed-in user');
    if (parameters.issuer !== null && !provider.consent.isIssuer(parameters.issuer))
      throw invalid('another issuer');
    return { stateHash, request };
  }
}

function sameHash(left: string, right: string): boolean {
  const [a, b] = [Buffer.from(left), Buffer.from(right)];
  return a.length === b.length && timingSafeEqual(a, b);
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern searches for control characters
const hasControls = (text: string): boolean => /[\u0000-\u001f\u007f]/.test(text);

function invalid(reason: string): IntegrationError {
  return new IntegrationError('invalid_state', { reason });
}
