// Reads and checks a callback. The state is spent before any other parameter counts.

import type { Provider } from '../providers/provider.js';
import { bindingName, HANDLE, hashOf } from './authorization-request.js';
import { checkIssuer, invalid, type KeptRequests, type TakenRequest } from './kept-requests.js';

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
  constructor(private readonly requests: KeptRequests) {}

  /**
   * The authorization request of a callback. After this call the state is spent, unless the binding
   * cookie is missing.
   * @param bound whether the callback has to come back to the browser that began the request
   * @throws IntegrationError `invalid_state`, with the reason for the log;
   * `temporarily_unavailable` when the store of requests is unavailable
   */
  async take(
    provider: Provider,
    { state, issuer }: CallbackParameters,
    arrival: CallbackArrival,
    bound: boolean,
  ): Promise<TakenRequest> {
    const secret = bound ? arrival.bindingCookie(bindingName(hashOf(state))) : null;
    // Without the cookie the state is not looked up, so that another person who has seen it cannot
    // spend it.
    if (bound && (secret === null || !HANDLE.test(secret)))
      throw invalid('another browser: no binding cookie');
    const taken = await this.requests.take(provider, state, secret);
    if (arrival.signedInUserIds.some((userId) => userId !== taken.request.userId))
      throw invalid('another signed-in user');
    checkIssuer(provider, issuer);
    return taken;
  }
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern searches for control characters
const hasControls = (text: string): boolean => /[\u0000-\u001f\u007f]/.test(text);
