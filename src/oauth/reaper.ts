// Finishes what a process left between the provider's answer and the account, or lets go of it within five minutes.

import type { AttemptStore } from '../accounts/attempt-store.js';
import { type IntegrationError, isRetryable } from '../errors.js';
import { asIntegrationError } from '../failure.js';
import type { Provider } from '../providers/provider.js';
import type { ProviderId } from '../vocabulary.js';
import type { Completion } from './completion.js';

const ABANDONED_AFTER_SECONDS = 60;
const GIVE_UP_AFTER_SECONDS = 4 * 60;
/** Longer than any state can live, so that a restored Redis cannot bring one back after its attempt is forgotten. */
const FORGET_AFTER_SECONDS = 7 * 24 * 3_600;

export class Reaper {
  constructor(
    private readonly attempts: AttemptStore,
    private readonly completion: Completion,
    private readonly providers: ReadonlyMap<ProviderId, Provider>,
    private readonly onFinished: (finished: { userId: string; provider: ProviderId; accountId: string }) => void,
  ) {}

  async run(): Promise<void> {
    for (const { attempt, ageSeconds, tokens } of await this.attempts.takeAbandoned(ABANDONED_AFTER_SECONDS, 20)) {
      const provider = this.providers.get(attempt.provider);
      if (tokens === null || provider === undefined) {
        await this.attempts.fail(attempt.id, 'server_error');
        continue;
      }
      try {
        const profile = await provider.consent.profile(tokens.accessToken);
        const accountId = await this.completion.keep(provider, attempt, { tokens, profile });
        this.onFinished({ userId: attempt.userId, provider: attempt.provider, accountId });
      } catch (error) {
        const failure: IntegrationError = asIntegrationError(error);
        if (!isRetryable(failure.code) || ageSeconds > GIVE_UP_AFTER_SECONDS)
          await this.attempts.fail(attempt.id, failure.code);
      }
    }
    await this.attempts.forgetOld(FORGET_AFTER_SECONDS);
  }
}
