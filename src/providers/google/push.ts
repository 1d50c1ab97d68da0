// Google's push channels: developers.google.com/workspace/calendar/api/guides/push.

import { ProviderError } from '../../errors.js';
import type { HttpClient, HttpResponse } from '../http-client.js';
import type { OpenedChannel, ProviderPush, PushNotice, WatchRequest } from '../provider-push.js';
import { googleApiError, reasonsIn } from './api-errors.js';

/** The longest Google grants for events; it may grant less. */
const TTL_SECONDS = '604800';
const NOT_SUPPORTED = 'pushNotSupportedForRequestedResource';

/** Channels of the API at `baseUrl`. There is no renewing: a new channel takes the place of the old. */
export function googlePush(http: HttpClient, baseUrl: string): ProviderPush {
  function post(
    path: string,
    json: object,
    request: { accessToken: string; signal?: AbortSignal },
  ) {
    return http.request({
      method: 'POST',
      url: baseUrl + path,
      headers: { authorization: `Bearer ${request.accessToken}` },
      json,
      signal: request.signal,
    });
  }

  return {
    async watch(request: WatchRequest): Promise<OpenedChannel | 'unsupported'> {
      const response = await post(
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
      if (isSuccess(response)) return opened(response);
      const reasons = reasonsIn(response.body);
      if (response.status === 400 && reasons.includes(NOT_SUPPORTED)) return 'unsupported';
      // Also a 401, which says nothing about the token.
      if (reasons.some((reason) => /webhookurl/i.test(reason)))
        throw new ProviderError('provider_misconfigured', {
          reason: 'Google refuses the webhook address',
        });
      throw googleApiError(response, 'calendar');
    },

    async stop(request) {
      const response = await post(
        '/channels/stop',
        { id: request.channelId, resourceId: request.resourceId },
        request,
      );
      if (!isSuccess(response) && response.status !== 404)
        throw googleApiError(response, 'account');
    },

    handshake: () => null,

    read(headers): readonly PushNotice[] {
      const header = (name: string) =>
        typeof headers[name] === 'string' ? (headers[name] as string) : '';
      const channelId = header('x-goog-channel-id');
      if (channelId === '') return [];
      return [
        {
          channelId,
          secret: header('x-goog-channel-token'),
          resourceId: header('x-goog-resource-id') || null,
          // `exists` and `not_exists` alike: the next reading of the calendar will tell.
          kind: header('x-goog-resource-state') === 'sync' ? 'opened' : 'changed',
        },
      ];
    },
  };
}

const isSuccess = ({ status }: HttpResponse): boolean => status >= 200 && status <= 299;

function opened({ body }: HttpResponse): OpenedChannel {
  const { resourceId, expiration } = (body ?? {}) as { resourceId?: unknown; expiration?: unknown };
  // Milliseconds, as text.
  const expiresAt = new Date(Number(expiration));
  if (typeof resourceId !== 'string' || resourceId === '' || Number.isNaN(expiresAt.getTime()))
    throw new ProviderError('provider_unavailable', {
      reason: 'Google answered oddly: a channel without id or end',
    });
  return { resourceId, expiresAt };
}
