// The authorization URL: written by the provider's Passport strategy, its fixed part only once.

import { hash } from 'node:crypto';
import { randomOf } from '../random.js';
import type { Access } from '../vocabulary.js';
import type { BeginAuthorization, ProviderConsent } from './provider-consent.js';
import { runStrategy } from './run-strategy.js';

/** What of a consent the URL depends on. */
type Writer = Pick<ProviderConsent, 'strategy' | 'authorizationOptions'>;

/** A verifier of 256 bits, and its challenge (RFC 7636 section 4.1 and 4.2). */
const newVerifier = (): string => randomOf(32).toString('base64url');
const challengeOf = (verifier: string): string => hash('sha256', verifier, 'base64url');

/** The parts of the URL around its state and its challenge, in the order of the URL. */
interface FixedParts {
  readonly before: string;
  readonly between: string;
  readonly after: string;
  readonly isStateFirst: boolean;
}

/**
 * The URL at which the user gives consent. Without a hint only its state and its challenge differ
 * from one request to the next, so the strategy writes it once.
 */
export class AuthorizationUrls {
  private fixed: Promise<FixedParts | null> | null = null;

  /** @param access the requested one */
  constructor(
    private readonly consent: Writer,
    private readonly access: Access,
  ) {}

  /** @throws the error of `begin` */
  async write(loginHint: string | null, begin: BeginAuthorization): Promise<string> {
    if (loginHint !== null) return written(this.consent, this.access, loginHint, begin);
    const fixed = await this.fixedParts();
    if (fixed === null) return written(this.consent, this.access, null, begin);
    const verifier = newVerifier();
    const { before, between, after, isStateFirst } = fixed;
    const [state, challenge] = [await begin(verifier), challengeOf(verifier)];
    return isStateFirst
      ? `${before}${state}${between}${challenge}${after}`
      : `${before}${challenge}${between}${state}${after}`;
  }

  private fixedParts(): Promise<FixedParts | null> {
    this.fixed ??= readFixedParts(this.consent, this.access).catch((error: unknown) => {
      this.fixed = null;
      throw error;
    });
    return this.fixed;
  }
}

/** The URL as the strategy writes it. */
async function written(
  consent: Writer,
  access: Access,
  loginHint: string | null,
  begin: BeginAuthorization,
): Promise<string> {
  const options = consent.authorizationOptions({ loginHint });
  const result = await runStrategy(consent.strategy({ access, begin }), {}, options);
  if (result.outcome !== 'redirect') throw new Error('the strategy did not redirect');
  return result.url;
}

/** Null where state and challenge do not stand in the URL exactly once, as they are. */
async function readFixedParts(consent: Writer, access: Access): Promise<FixedParts | null> {
  const state = randomOf(32).toString('base64url');
  let challenge = '';
  const url = await written(consent, access, null, async (verifier) => {
    challenge = challengeOf(verifier);
    return state;
  });
  const isStateFirst = url.indexOf(state) < url.indexOf(challenge);
  const [first, second] = isStateFirst ? [state, challenge] : [challenge, state];
  const [before, rest, ...more] = url.split(first);
  const [between, after, ...others] = rest?.split(second) ?? [];
  if (before === undefined || between === undefined || after === undefined) return null;
  return more.length + others.length > 0 ? null : { before, between, after, isStateFirst };
}
