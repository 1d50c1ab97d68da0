// Push channels of Google: developers.google.com/workspace/calendar/api/guides/push.

import { ProviderError } from '../../errors.js';
import type { HttpClient, HttpResponse } from '../http-client.js';
import type {
  ChannelRequest,
  OpenedChannel,
  ProviderPush,
  PushNotice,
  WatchRequest,
} from '../provider-push.js';
import { expiryOf, field, isSuccess, unexpectedResponse } from '../responses.js';
import { googleApiError, reasonsIn } from './api-errors.js';
import { type CalendarApi, createCalendarApi } from './calendar-api.js';

/** The longest life that Google grants for events. It can grant less. */
const TTL_SECONDS = '604800';
const NOT_SUPPORTED = 'pushNotSupportedForRequestedResource';

/** Push channels of the API at `baseUrl`. A channel cannot be renewed: a new one replaces it. */
export function googlePush(http: HttpClient, baseUrl: string): ProviderPush {
  const api = createCalendarApi(http, baseUrl);
  return {
    watch: (request) => watch(api, request),
    stop: (request) => stop(api, request),
    handshake: () => null,
    read: readNotices,
  };
}

async function watch(
  api: CalendarApi,
  request: WatchRequest,
): Promise<OpenedChannel | 'unsupported'> {
  const response = await api.post(
    `/calendars/${encodeURIComponent(request.providerCalendarId)}/events/watch`,
    {
      id: request.channelId,
      type: 'web_hook',
      address: request.address,
      token: request.secret,
      params: { ttl: TTL_SECONDS },
    },
    request,
  );
  if (isSuccess(response)) return openedChannel(response, request.now);
  const reasons = reasonsIn(response.body);
  if (response.status === 400 && reasons.includes(NOT_SUPPORTED)) return 'unsupported';
  // Google uses a 401 for this too. Such a 401 is not about the access token.
  if (reasons.some((reason) => /webhookurl/i.test(reason))) {
    throw new ProviderError('provider_misconfigured', {
      reason: 'Google refuses the webhook address',
    });
  }
  throw googleApiError(response, 'calendar');
}

async function stop(api: CalendarApi, request: ChannelRequest): Promise<void> {
  const { channelId: id, resourceId } = request;
  const response = await api.post('/channels/stop', { id, resourceId }, request);
  if (!isSuccess(response) && response.status !== 404) throw googleApiError(response, 'account');
}

function openedChannel({ body }: HttpResponse, now: Date): OpenedChannel {
  const resourceId = field(body, 'resourceId');
  if (typeof resourceId !== 'string' || resourceId === '')
    throw unexpectedResponse('Google', 'a channel without id');
  // Milliseconds since 1970, as text.
  const expiration = Number(field(body, 'expiration'));
  return { resourceId, expiresAt: expiryOf(expiration, now, Number(TTL_SECONDS) * 1000) };
}

/** A notice of Google is in the headers alone. */
function readNotices(
  headers: Readonly<Record<string, string | readonly string[] | undefined>>,
): readonly PushNotice[] {
  const header = (name: string): string => {
    const value = headers[name];
    return typeof value === 'string' ? value : '';
  };
  const channelId = header('x-goog-channel-id');
  if (channelId === '') return [];
  return [
    {
      channelId,
      secret: header('x-goog-channel-token'),
      resourceId: header('x-goog-resource-id') || null,
      // `exists` and `not_exists` are treated alike: the next sync reads the state of the calendar.
      kind: header('x-goog-resource-state') === 'sync' ? 'opened' : 'changed',
    },
  ];
}
