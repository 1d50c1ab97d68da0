// Graph's change subscriptions: learn.microsoft.com/graph/change-notifications-delivery-webhooks.

import { ProviderError } from '../../errors.js';
import type { HttpClient, HttpResponse } from '../http-client.js';
import type {
  ChannelRequest,
  OpenedChannel,
  ProviderPush,
  PushNotice,
  WatchRequest,
} from '../provider-push.js';
import { graphApiError } from './api-errors.js';
import { createGraph, type GraphRequest } from './graph.js';

// Graph allows 10,080 minutes, or 4,230 where it still follows its older rule: a little less than either.
const LIFE_MINUTES = 10_020;
const SHORT_LIFE_MINUTES = 4_200;
const LONGEST_HANDSHAKE_BYTES = 512;
const MOST_NOTICES = 2_000;
const MOST_PAGES = 20;

const KINDS: Readonly<Record<string, PushNotice['kind']>> = {
  missed: 'missed',
  reauthorizationRequired: 'expiring',
  subscriptionRemoved: 'closed',
};

/** Subscriptions of the Graph at `graphUrl`. Their `clientState` is `{channel id}.{secret}`. */
export function microsoftPush(http: HttpClient, graphUrl: string): ProviderPush {
  const graph = createGraph(http, graphUrl);

  function send(
    method: 'POST' | 'PATCH' | 'DELETE',
    path: string,
    request: GraphRequest,
    json?: object,
  ) {
    return http.request({
      method,
      url: graphUrl + path,
      // On creation it makes the ids in notifications those that survive a move.
      headers: { authorization: `Bearer ${request.accessToken}`, prefer: 'IdType="ImmutableId"' },
      json,
      signal: request.signal,
    });
  }

  /** For as long as Graph allows. */
  async function sendExpiring(
    method: 'POST' | 'PATCH',
    path: string,
    request: WatchRequest | ChannelRequest,
    json = {},
  ) {
    const ask = (minutes: number) => {
      const expirationDateTime = new Date(request.now.getTime() + minutes * 60_000).toISOString();
      return send(method, path, request, { ...json, expirationDateTime });
    };
    const response = await ask(LIFE_MINUTES);
    const most = longestMinutes(response);
    return most === null ? response : ask(Math.min(SHORT_LIFE_MINUTES, most - 30));
  }

  function create(request: WatchRequest, address: string): Promise<HttpResponse> {
    return sendExpiring('POST', '/subscriptions', request, {
      changeType: 'created,updated,deleted',
      notificationUrl: address,
      lifecycleNotificationUrl: address,
      resource: resourceOf(request),
      clientState: `${request.channelId}.${request.secret}`,
    });
  }

  async function subscriptions(request: GraphRequest): Promise<readonly Subscription[]> {
    const found: Subscription[] = [];
    let where: { path: string } | { link: string } = { path: '/subscriptions' };
    for (let pages = 0; pages < MOST_PAGES; pages += 1) {
      const { items, next } = await graph.page(where, 'account', request);
      found.push(...(items as Subscription[]));
      if (next === null) break;
      where = { link: next };
    }
    return found.filter(({ id }) => typeof id === 'string' && id !== '');
  }

  async function remove(id: string, request: GraphRequest): Promise<void> {
    const response = await send('DELETE', `/subscriptions/${encodeURIComponent(id)}`, request);
    if (!isSuccess(response) && response.status !== 404) throw graphApiError(response, 'account');
  }

  /** Takes away what stands in the way and is ours alone. */
  async function makeRoom(request: WatchRequest): Promise<void> {
    for (const { id, resource, notificationUrl } of await subscriptions(request)) {
      if (notificationUrl !== request.address || resource !== resourceOf(request)) continue;
      if (!(await request.isAnothers(id))) await remove(id, request);
    }
  }

  return {
    async watch(request) {
      let response = await create(request, request.address);
      if (response.status === 409) {
        await makeRoom(request);
        response = await create(request, request.address);
        // Somebody else here watches the same mailbox: told at an address of one's own.
        if (response.status === 409)
          response = await create(request, `${request.address}?channel=${request.channelId}`);
      }
      if (isSuccess(response)) return opened(response);
      if (codeOf(response) === 'ValidationError')
        throw new ProviderError('provider_misconfigured', {
          reason: 'Graph cannot reach the webhook address',
        });
      throw graphApiError(response, 'calendar');
    },

    // Prolonging also renews the authorization: what `reauthorizationRequired` asks for.
    async renew(request) {
      const response = await sendExpiring(
        'PATCH',
        `/subscriptions/${encodeURIComponent(request.resourceId)}`,
        request,
      );
      if (response.status === 404) return 'gone';
      if (!isSuccess(response)) throw graphApiError(response, 'account');
      return opened(response);
    },

    stop: (request) => remove(request.resourceId, request),

    async list({ address, ...request }) {
      const isOurs = (url: unknown) =>
        typeof url === 'string' && (url === address || url.startsWith(`${address}?`));
      return (await subscriptions(request))
        .filter((one) => isOurs(one.notificationUrl))
        .map(({ id }) => id);
    },

    handshake(query) {
      const [token, another] = query.getAll('validationToken');
      const isOne = token !== undefined && another === undefined && token !== '';
      return isOne && Buffer.byteLength(token) <= LONGEST_HANDSHAKE_BYTES ? token : null;
    },

    read(_headers, body) {
      const value = (body as { value?: unknown } | null | undefined)?.value;
      return Array.isArray(value) ? value.slice(0, MOST_NOTICES).map(noticeOf) : [];
    },
  };
}

interface Subscription {
  readonly id: string;
  readonly resource?: unknown;
  readonly notificationUrl?: unknown;
}

/** A name and no address: nothing in it is escaped. */
const resourceOf = ({ providerCalendarId }: WatchRequest): string =>
  `/me/calendars/${providerCalendarId}/events`;

const isSuccess = ({ status }: HttpResponse): boolean => status >= 200 && status <= 299;

function errorIn({ body }: HttpResponse): { code?: unknown; message?: unknown } {
  const error = (body as { error?: unknown } | undefined)?.error;
  return typeof error === 'object' && error !== null ? error : {};
}

const codeOf = (response: HttpResponse): unknown => errorIn(response).code;

/** How many minutes a refusal of the expiry says are allowed; null when it is no such refusal. */
function longestMinutes(response: HttpResponse): number | null {
  const { code, message } = errorIn(response);
  if (response.status !== 400 || code !== 'ExtensionError' || typeof message !== 'string')
    return null;
  const most = /can only be (\d{2,6}) minutes/.exec(message)?.[1];
  return most === undefined ? null : Number(most);
}

function opened({ body }: HttpResponse): OpenedChannel {
  const { id, expirationDateTime } = (body ?? {}) as { id?: unknown; expirationDateTime?: unknown };
  const expiresAt = new Date(
    typeof expirationDateTime === 'string' ? expirationDateTime : Number.NaN,
  );
  if (typeof id !== 'string' || id === '' || Number.isNaN(expiresAt.getTime()))
    throw new ProviderError('provider_unavailable', {
      reason: 'Graph answered oddly: a subscription without id or end',
    });
  return { resourceId: id, expiresAt };
}

function noticeOf(item: unknown): PushNotice {
  const { clientState, subscriptionId, lifecycleEvent } = Object(item) as Record<string, unknown>;
  const [channelId = '', secret = ''] =
    typeof clientState === 'string' ? clientState.split('.', 2) : [];
  return {
    channelId,
    secret,
    resourceId: typeof subscriptionId === 'string' ? subscriptionId : null,
    // An event of its life that is new to us is no harm: the calendar is read once.
    kind: typeof lifecycleEvent === 'string' ? (KINDS[lifecycleEvent] ?? 'missed') : 'changed',
  };
}
