// Push channels of Google: developers.google.com/workspace/calendar/api/guides/push.

import { ProviderError } from '../../errors.js';
import type { HttpClient, HttpResponse } from '../http-client.js';
import type { OpenedChannel, ProviderPush, PushNotice, WatchRequest } from '../provider-push.js';
import { field, isSuccess, unexpectedResponse } from '../responses.js';
import { googleApiError, reasonsIn } from './api-errors.js';

/** The longest life that Google grants for events. It can grant less. */
const TTL_SECONDS = '604800';
const NOT_SUPPORTED = 'pushNotSupportedForRequestedResource';

/** Push channels of the API at `baseUrl`. A channel cannot be renewed: a new one replaces it. */
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
      // Google uses a 401 for this too. Such a 401 is not about the access token.
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
          // `exists` and `not_exists` are treated alike: the next sync reads the state of the
          // calendar.
          kind: header('x-goog-resource-state') === 'sync' ? 'opened' : 'changed',
        },
      ];
    },
  };
}

function opened({ body }: HttpResponse): OpenedChannel {
  const resourceId = field(body, 'resourceId');
  // Milliseconds since 1970, as text.
  const expiresAt = new Date(Number(field(body, 'expiration')));
  if (typeof resourceId !== 'string' || resourceId === '' || Number.isNaN(expiresAt.getTime()))
    throw unexpectedResponse('Google', 'a channel without id or expiry');
  return { resourceId, expiresAt };
}
