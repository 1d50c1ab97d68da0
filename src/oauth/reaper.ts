// Finishes what a process left between the provider's answer and the account, or lets go of it within five minutes.

import type { ConsentAttemptStore } from '../accounts/consent-attempt-store.js';
import { asIntegrationError } from '../classify-failure.js';
import { isRetryable } from '../errors.js';
import type { Provider } from '../providers/provider.js';
import type { Profile, ProviderId, TokenSet } from '../vocabulary.js';
import type { Completion } from './completion.js';

const ABANDONED_AFTER_SECONDS = 60;
/** A callback asks its provider twice. */
const QUESTIONS = 2.5;
/** Tries are up to two minutes apart: the one after this is the last within five. */
const GIVE_UP_AFTER_SECONDS = 150;
/** Longer than any state can live, so that a restored Redis cannot bring one back after its attempt is forgotten. */
const FORGET_AFTER_SECONDS = 7 * 24 * 3_600;
const TAKEN = 20;
const AT_ONCE = 5;

export interface ReaperListeners {
  /** An account has come of it after all. */
  onFinished(finished: { userId: string; provider: ProviderId; accountId: string }): void;
  /** A grant nobody will use is to be ended at its provider, as far as that is possible. */
  revoke(provider: ProviderId, profile: Profile, tokens: TokenSet): Promise<unknown>;
}

type Abandoned = Awaited<ReturnType<ConsentAttemptStore['takeAbandoned']>>[number];

export class Reaper {
  constructor(
    private readonly attempts: ConsentAttemptStore,
    private readonly completion: Completion,
    private readonly provider: (id: ProviderId) => Provider | undefined,
    private readonly listeners: ReaperListeners,
    /** Longest wait for one answer of a provider: whoever may still be waiting has not died. */
    private readonly providerTimeoutMs: number,
  ) {}

  async run(): Promise<void> {
    const patience = Math.max(
      ABANDONED_AFTER_SECONDS,
      (QUESTIONS * this.providerTimeoutMs) / 1_000,
    );
    const abandoned = await this.attempts.takeAbandoned(patience, TAKEN);
    for (let first = 0; first < abandoned.length; first += AT_ONCE)
      await Promise.all(abandoned.slice(first, first + AT_ONCE).map((one) => this.end(one)));
    await this.attempts.forgetOld(FORGET_AFTER_SECONDS);
  }

  private async end({ attempt, ageSeconds, tokens }: Abandoned): Promise<void> {
    const provider = this.provider(attempt.provider);
    if (tokens === null || provider === undefined)
      return this.attempts.fail(attempt.id, 'server_error');
    let profile: Profile | null = null;
    try {
      profile = await provider.consent.profile(tokens.accessToken);
      const accountId = await this.completion.keep(provider, attempt, { tokens, profile });
      this.listeners.onFinished({ userId: attempt.userId, provider: attempt.provider, accountId });
    } catch (error) {
      const { code } = asIntegrationError(error);
      if (isRetryable(code) && ageSeconds <= GIVE_UP_AFTER_SECONDS) return;
      if (profile !== null) await this.listeners.revoke(attempt.provider, profile, tokens);
      await this.attempts.fail(attempt.id, code);
    }
  }
}
