// Stops channels at their provider: retired ones, ones that no row knows, and all of an account.

import { IntegrationError } from '../errors.js';
import type { ProviderPush } from '../providers/provider-push.js';
import { backoff } from '../sync/backoff.js';
import { inParallel } from '../sync/parallel.js';
import { describeFailure } from '../sync/run-failure.js';
import type { UseToken } from '../sync/sync-services.js';
import { within } from '../within.js';
import type { KeptChannel } from './channel-finder.js';
import { type ChannelServices, REQUESTS_AT_ONCE, type WatchedAccount } from './channel-services.js';

/** How long a disconnect waits for its channels to be stopped. */
const STOP_TIMEOUT_MS = 4_000;
/** Nothing else uses the account while it is being disconnected. */
const LAST_STOPS_AT_ONCE = 3;

/**
 * Stops the channels of the account that are not wanted any more. Those that cannot be stopped now
 * are tried again later.
 */
export async function stopRetired(
  { store, finder, useToken, now, random, logger }: ChannelServices,
  { accountId, provider, signal }: Omit<WatchedAccount, 'address'>,
): Promise<void> {
  await store.retireUnwanted(accountId);
  await store.deleteEnded(accountId, now());
  const channels = await finder.toStop(accountId, now());
  await inParallel(channels, REQUESTS_AT_ONCE, async ({ id, resourceId, failures }) => {
    try {
      await useToken(accountId, (accessToken) =>
        provider.stop({ accessToken, channelId: id, resourceId, now: now(), signal }),
      );
      await store.delete(id);
    } catch (error) {
      const { code, retryAfterSeconds } = describeFailure(error);
      const wait = backoff(failures + 1, retryAfterSeconds, random);
      await store.markNotStopped(id, new Date(now().getTime() + wait));
      logger.info({ accountId, channelId: id, code, err: error }, 'push channel not stopped');
    }
  });
}

/**
 * Stops channels that the provider has and no row knows, left by a crash or by a database that was
 * restored.
 */
export async function stopUnknown(
  { finder, useToken, now, logger }: ChannelServices,
  { accountId, provider, address, signal }: WatchedAccount,
): Promise<void> {
  const list = provider.list?.bind(provider);
  if (list === undefined) return;
  await useToken(accountId, async (accessToken) => {
    // The provider is asked before the rows are read: every channel it lists had its row before.
    const listed = await list({ accessToken, address, signal });
    for (const resourceId of await finder.unknown(accountId, listed)) {
      await provider.stop({ accessToken, channelId: '', resourceId, now: now(), signal });
      logger.info({ accountId }, 'unknown push channel stopped');
    }
  });
}

/**
 * Stops every channel of an account that is being disconnected, within {@link STOP_TIMEOUT_MS}. A
 * channel that the provider does not stop expires within a week.
 */
export async function stopAll(
  { now, logger }: Pick<ChannelServices, 'now' | 'logger'>,
  { accountId, provider }: { accountId: string; provider: ProviderPush },
  channels: readonly KeptChannel[],
  useToken: UseToken,
): Promise<void> {
  const signal = AbortSignal.timeout(STOP_TIMEOUT_MS);
  const stopped = useToken(accountId, (accessToken) =>
    inParallel(channels, LAST_STOPS_AT_ONCE, ({ id, resourceId }) =>
      provider.stop({ accessToken, channelId: id, resourceId, now: now(), signal }),
    ),
  );
  try {
    await within(STOP_TIMEOUT_MS, stopped, () => {
      throw new IntegrationError('provider_unavailable', {
        reason: `the channels were not stopped within ${STOP_TIMEOUT_MS / 1_000} seconds`,
      });
    });
  } catch (error) {
    const { code } = describeFailure(error);
    logger.info({ accountId, code, err: error }, 'push channels not stopped');
  }
}
