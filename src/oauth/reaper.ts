// Finishes the consent attempts that a process left unfinished, or gives them up within five
// minutes.

import type { ConsentAttemptStore, OpenAttempt } from '../accounts/consent-attempt-store.js';
import { BY_SYSTEM } from '../audit/audit-words.js';
import { asIntegrationError } from '../classify-failure.js';
import { type ErrorCode, IntegrationError, isRetryable } from '../errors.js';
import type { Provider } from '../providers/provider.js';
import type { ConsentResult } from '../providers/provider-consent.js';
import type { Profile, ProviderId } from '../vocabulary.js';
import type { Completion } from './completion.js';

/** An attempt of this age counts as abandoned, unless the provider's timeout makes it longer. */
const ABANDONED_AFTER_SECONDS = 60;
/**
 * A callback sends two requests to its provider. The half is time for its own work between them.
 */
const PROVIDER_TIMEOUTS_OF_A_CALLBACK = 2.5;
/** Runs can be two minutes apart. The run after this age is the last one within five minutes. */
const GIVE_UP_AFTER_SECONDS = 150;
/**
 * Longer than any state lives, so that a restored Redis cannot bring back a state whose attempt is
 * deleted.
 */
const DELETE_AFTER_SECONDS = 7 * 24 * 3_600;
/** Of each provider. */
const ATTEMPTS_OF_A_RUN = 20;
const ATTEMPTS_AT_ONCE = 5;

/** What happens with the grants that the reaper finds. */
export interface ReaperListeners {
  /** Called when an abandoned attempt has become an account. */
  onFinished(finished: { userId: string; provider: ProviderId; accountId: string }): void;
  /** Called when an abandoned attempt ends without an account. */
  onFailed(attempt: OpenAttempt, code: ErrorCode): Promise<void>;
  /** Called with a grant that becomes no account. */
  onRefused(attempt: OpenAttempt, code: ErrorCode, result: ConsentResult): Promise<void>;
}

type AbandonedAttempt = Awaited<ReturnType<ConsentAttemptStore['takeAbandoned']>>[number];

/** The chore that ends abandoned consent attempts. */
export class Reaper {
  /** @param providerTimeoutMs longest wait for one response of a provider */
  constructor(
    private readonly attempts: ConsentAttemptStore,
    private readonly completion: Completion,
    private readonly provider: (id: ProviderId) => Provider | undefined,
    private readonly listeners: ReaperListeners,
    private readonly providerTimeoutMs: number,
  ) {}

  /** Ends the attempts that are abandoned now, and deletes old ones. */
  async run(): Promise<void> {
    // A process that is still waiting for the provider has not abandoned its attempt.
    const abandonedAfter = Math.max(
      ABANDONED_AFTER_SECONDS,
      (PROVIDER_TIMEOUTS_OF_A_CALLBACK * this.providerTimeoutMs) / 1_000,
    );
    const abandoned = await this.attempts.takeAbandoned(abandonedAfter, ATTEMPTS_OF_A_RUN);
    const byProvider = Map.groupBy(abandoned, ({ attempt }) => attempt.provider);
    // Side by side: a provider that does not respond holds up its own attempts only.
    await Promise.all([...byProvider.values()].map((attempts) => this.endAll(attempts)));
    await this.attempts.forgetOld(DELETE_AFTER_SECONDS);
  }

  private async endAll(abandoned: readonly AbandonedAttempt[]): Promise<void> {
    for (let first = 0; first < abandoned.length; first += ATTEMPTS_AT_ONCE)
      await Promise.all(
        abandoned.slice(first, first + ATTEMPTS_AT_ONCE).map((one) => this.end(one)),
      );
  }

  private async end({ attempt, ageSeconds, tokens }: AbandonedAttempt): Promise<void> {
    const provider = this.provider(attempt.provider);
    if (tokens === null || provider === undefined) return this.fail(attempt, 'server_error');
    let profile: Profile | null = null;
    try {
      profile = await provider.consent.profile(tokens.accessToken);
      await this.requireActive(attempt.userId);
      const accountId = await this.completion.keep(
        provider,
        attempt,
        { tokens, profile },
        BY_SYSTEM,
      );
      this.listeners.onFinished({ userId: attempt.userId, provider: attempt.provider, accountId });
    } catch (error) {
      const { code } = asIntegrationError(error);
      if (isRetryable(code) && ageSeconds <= GIVE_UP_AFTER_SECONDS) return;
      if (profile !== null) await this.listeners.onRefused(attempt, code, { tokens, profile });
      await this.fail(attempt, code);
    }
  }

  private async fail(attempt: OpenAttempt, code: ErrorCode): Promise<void> {
    await this.listeners.onFailed(attempt, code);
    await this.attempts.fail(attempt.id, code);
  }

  /** Minutes have passed since the callback, so the host may have removed the user meanwhile. */
  private async requireActive(userId: string): Promise<void> {
    try {
      await this.completion.requireActive(userId);
    } catch (cause) {
      if (cause instanceof IntegrationError) throw cause;
      throw new IntegrationError('temporarily_unavailable', {
        reason: 'isUserActive failed',
        cause,
      });
    }
  }
}
