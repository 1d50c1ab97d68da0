// Opens a channel for a calendar, or renews the one it has.

import { randomUUID } from 'node:crypto';
import type { OpenedChannel } from '../providers/provider-push.js';
import { backoff } from '../sync/backoff.js';
import { describeFailure } from '../sync/run-failure.js';
import type { CalendarToWatch, KeptChannel } from './channel-finder.js';
import { createSecret, hashSecret } from './channel-secret.js';
import {
  type ChannelServices,
  type Outcome,
  outcomeOf,
  type WatchedAccount,
} from './channel-services.js';
import type { ChannelTerms } from './channel-store.js';

const DAY_MS = 86_400_000;

/**
 * Renews the calendar's channel where its provider can, and opens a new one otherwise. Failures are
 * recorded and logged.
 */
export async function watchCalendar(
  services: ChannelServices,
  account: WatchedAccount,
  calendar: CalendarToWatch,
): Promise<Outcome> {
  const { current } = calendar;
  const renew = account.provider.renew?.bind(account.provider);
  if (current === null || renew === undefined) return openChannel(services, account, calendar);
  const outcome = await renewChannel(services, account, current, renew);
  return outcome === 'gone' ? openChannel(services, account, calendar) : outcome;
}

/** Opens a new channel. The one before it is retired as soon as the new one is active. */
async function openChannel(
  services: ChannelServices,
  account: WatchedAccount,
  { calendarId, providerCalendarId }: CalendarToWatch,
): Promise<Outcome> {
  const { store, finder, useToken, now, random, logger } = services;
  const { accountId, provider, address, signal } = account;
  const channelId = randomUUID();
  const secret = createSecret();
  const secretHash = hashSecret(secret);
  const claim = { id: channelId, accountId, calendarId, address, secretHash, at: now() };
  const claimed = await store.claim(claim);
  if (claimed === null) return 'unchanged';
  const isAnothers = (resourceId: string) => finder.isOfAnother(accountId, resourceId);
  const channel = { providerCalendarId, channelId, secret, address, isAnothers, signal };
  try {
    return await useToken(accountId, async (accessToken) => {
      const opened = await provider.watch({ ...channel, accessToken, now: now() });
      if (opened === 'unsupported') {
        await store.markUnsupported(channelId);
        return 'unchanged';
      }
      if (await store.activate(accountId, channelId, withRenewal(services, opened))) {
        const { expiresAt } = opened;
        logger.info({ accountId, calendarId, channelId, expiresAt }, 'push channel opened');
        return 'changed';
      }
      // The calendar was deselected or the account disconnected meanwhile. No row keeps the
      // channel, so it is stopped here.
      const { resourceId } = opened;
      await provider
        .stop({ accessToken, channelId, resourceId, now: now() })
        .catch((error: unknown) => {
          logger.warn({ accountId, channelId, err: error }, 'unwanted push channel not stopped');
        });
      return 'unchanged';
    });
  } catch (error) {
    const failure = describeFailure(error);
    const wait = backoff(claimed.failures + 1, failure.retryAfterSeconds, random);
    await store.markFailed(channelId, failure.code, new Date(now().getTime() + wait));
    const { code } = failure;
    logger.warn({ accountId, calendarId, code, err: error }, 'push channel not opened');
    return outcomeOf(error, failure);
  }
}

/** @returns `gone` when the provider no longer has the channel; its row is deleted then */
async function renewChannel(
  services: ChannelServices,
  { accountId, signal }: WatchedAccount,
  { id, resourceId, failures }: KeptChannel,
  renew: NonNullable<WatchedAccount['provider']['renew']>,
): Promise<Outcome | 'gone'> {
  const { store, useToken, now, random, logger } = services;
  try {
    const renewed = await useToken(accountId, (accessToken) =>
      renew({ accessToken, channelId: id, resourceId, now: now(), signal }),
    );
    if (renewed === 'gone') {
      await store.delete(id);
      return 'gone';
    }
    await store.markRenewed(id, withRenewal(services, renewed), now());
    return 'changed';
  } catch (error) {
    const failure = describeFailure(error);
    const { code, retryAfterSeconds } = failure;
    const at = now();
    const retryAt = new Date(at.getTime() + backoff(failures + 1, retryAfterSeconds, random));
    await store.markNotRenewed(id, code, retryAt, at);
    logger.warn({ accountId, channelId: id, code, err: error }, 'push channel not renewed');
    return outcomeOf(error, failure);
  }
}

/**
 * When the channel is renewed: at 80 per cent of its life or a day before its end, whichever is
 * first. Up to 5 per cent earlier at random, so that the channels of many accounts are not renewed
 * together.
 */
function withRenewal(
  { now, random }: Pick<ChannelServices, 'now' | 'random'>,
  { resourceId, expiresAt }: OpenedChannel,
): ChannelTerms {
  const at = now().getTime();
  const life = Math.max(expiresAt.getTime() - at, 0);
  const wait = life > 2 * DAY_MS ? Math.min(life * 0.8, life - DAY_MS) : life * 0.8;
  return { resourceId, expiresAt, renewAt: new Date(at + wait * (1 - random() / 20)) };
}
