// Push of Microsoft: one change subscription of Graph for each calendar.

import { ProviderError } from '../../errors.js';
import { instantOf } from '../event-time.js';
import type { HttpClient, HttpResponse } from '../http-client.js';
import type {
  ChannelRequest,
  ChannelsRequest,
  OpenedChannel,
  ProviderPush,
  WatchRequest,
} from '../provider-push.js';
import { errorField, expiryOf, field, isSuccess, unexpectedResponse } from '../responses.js';
import { graphApiError } from './api-errors.js';
import { readNotices, validationToken } from './notices.js';
import { createSubscriptions, resourceOf, type Subscriptions } from './subscriptions.js';

/** Where Graph does not say how long a subscription lives: less than its shortest limit. */
const ASSUMED_LIFE_MS = 24 * 3_600_000;

/** Subscriptions of the Graph at `graphUrl`. A subscription can be renewed and listed. */
export function microsoftPush(http: HttpClient, graphUrl: string): ProviderPush {
  const subscriptions = createSubscriptions(http, graphUrl);
  return {
    watch: (request) => watch(subscriptions, request),
    renew: (request) => renew(subscriptions, request),
    stop: (request) => subscriptions.remove(request.resourceId, request),
    list: (request) => list(subscriptions, request),
    handshake: validationToken,
    read: (_headers, body) => readNotices(body),
  };
}

async function watch(subscriptions: Subscriptions, request: WatchRequest): Promise<OpenedChannel> {
  const { address, channelId } = request;
  let response = await subscriptions.create(request, address);
  if (response.status === 409) {
    await removeOwn(subscriptions, request);
    response = await subscriptions.create(request, address);
    // Another account watches the same mailbox. An address of its own makes this subscription
    // distinct.
    if (response.status === 409)
      response = await subscriptions.create(request, `${address}?channel=${channelId}`);
  }
  if (isSuccess(response)) return openedChannel(response, request.now);
  if (field(errorField(response.body), 'code') === 'ValidationError') {
    throw new ProviderError('provider_misconfigured', {
      reason: 'Graph cannot reach the webhook address',
    });
  }
  throw graphApiError(response, 'calendar');
}

/**
 * Removes subscriptions of the same calendar at the same address that belong to no other account.
 */
async function removeOwn(subscriptions: Subscriptions, request: WatchRequest): Promise<void> {
  for (const { id, resource, notificationUrl } of await subscriptions.list(request)) {
    if (notificationUrl !== request.address || resource !== resourceOf(request)) continue;
    if (!(await request.isAnothers(id))) await subscriptions.remove(id, request);
  }
}

/** A renewal also renews the authorization, which `reauthorizationRequired` demands. */
async function renew(
  subscriptions: Subscriptions,
  request: ChannelRequest,
): Promise<OpenedChannel | 'gone'> {
  const response = await subscriptions.extend(request);
  if (response.status === 404) return 'gone';
  if (!isSuccess(response)) throw graphApiError(response, 'account');
  return openedChannel(response, request.now);
}

async function list(
  subscriptions: Subscriptions,
  { address, ...request }: ChannelsRequest,
): Promise<readonly string[]> {
  const isOurs = (url: unknown) =>
    typeof url === 'string' && (url === address || url.startsWith(`${address}?`));
  const found = await subscriptions.list(request);
  return found.filter(({ notificationUrl }) => isOurs(notificationUrl)).map(({ id }) => id);
}

function openedChannel({ body }: HttpResponse, now: Date): OpenedChannel {
  const id = field(body, 'id');
  if (typeof id !== 'string' || id === '')
    throw unexpectedResponse('Graph', 'a subscription without id');
  const expiry = instantOf(field(body, 'expirationDateTime'), null)?.getTime() ?? Number.NaN;
  return { resourceId: id, expiresAt: expiryOf(expiry, now, ASSUMED_LIFE_MS) };
}
