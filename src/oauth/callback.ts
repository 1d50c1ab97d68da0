// What came back from a provider, step by step: the state is spent before anything is believed.

import { timingSafeEqual } from 'node:crypto';
import { IntegrationError } from '../errors.js';
import type { Provider } from '../providers/provider.js';

import { type AuthorizationRequest, bindingName, HANDLE, hashOf } from './authorization-request.js';
import type { OnceStore } from './once-store.js';

/** The parameters of a callback that mean something to us. What else a provider sends is ignored. */
export interface CallbackParameters {
  readonly state: string;
  readonly code: string | null;
  readonly error: string | null;
  readonly errorDescription: string | null;
  readonly errorSubcode: string | null;
  readonly issuer: string | null;
}

/** Where the callback arrived: what of the browser can speak for the user. */
export interface CallbackArrival {
  /** Reads the cookie of that (unprefixed) name. */
  readonly bindingCookie: (name: string) => string | null;
  /** The users whom the host, a session or a JWT cookie on this very request name. */
  readonly signedInUserIds: readonly string[];
}

const MOST_CODE = 2_048;

/** @throws IntegrationError `invalid_state` when the query is not of the shape a callback has */
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
  if (code !== null && (code === '' || code.length > MOST_CODE || hasControls(code)))
    throw invalid('malformed code');
  const issuer = query.getAll('iss');
  if (issuer.length > 1) throw invalid('iss is given twice');
  return {
    state,
    code,
    error,
    errorDescription: single('error_description'),
    errorSubcode: single('error_subcode'),
    issuer: issuer[0] ?? null,
  };
}

/** Spends the state and judges it. */
export class CallbackGate {
  constructor(
    private readonly requests: OnceStore<AuthorizationRequest>,
    private readonly ttlSeconds: number,
    private readonly now: () => number = Date.now,
  ) {}

  /**
   * @param bound whether the callback has to come back to the browser that started
   * @throws IntegrationError `invalid_state` with the reason for the log; `temporarily_unavailable` when the store is away
   */
  async take(
    provider: Provider,
    parameters: CallbackParameters,
    arrival: CallbackArrival,
    bound: boolean,
  ): Promise<{ stateHash: string; request: AuthorizationRequest }> {
    const stateHash = hashOf(parameters.state);
    const secret = bound ? arrival.bindingCookie(bindingName(stateHash)) : null;
    // Without its cookie a state is not even looked up, so that a stranger who has seen it cannot burn it.
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

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const hasControls = (text: string): boolean => /[\u0000-\u001f\u007f]/.test(text);

function invalid(reason: string): IntegrationError {
  return new IntegrationError('invalid_state', { reason });
}
