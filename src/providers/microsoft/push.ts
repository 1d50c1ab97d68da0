// Change subscriptions of Graph: learn.microsoft.com/graph/change-notifications-delivery-webhooks.

import { ProviderError } from '../../errors.js';
import type { HttpClient, HttpResponse } from '../http-client.js';
import type {
  ChannelRequest,
  OpenedChannel,
  ProviderPush,
  PushNotice,
  WatchRequest,
} from '../provider-push.js';
import { errorField, field, isSuccess, unexpectedResponse } from '../responses.js';
import { graphApiError } from './api-errors.js';
import { createGraph, type GraphPlace, type GraphRequest } from './graph.js';

// A little less than Graph allows: 10,080 minutes, or 4,230 where its older limit still holds.
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
      // At creation this makes the ids in notices those that survive a move to another folder.
      headers: { authorization: `Bearer ${request.accessToken}`, prefer: 'IdType="ImmutableId"' },
      json,
      signal: request.signal,
    });
  }

  /** Sends a request for the longest life that Graph allows. */
  async function sendExpiring(
    method: 'POST' | 'PATCH',
    path: string,
    request: WatchRequest | ChannelRequest,
    json = {},
  ) {
    const sendFor = (minutes: number) => {
      const expirationDateTime = new Date(request.now.getTime() + minutes * 60_000).toISOString();
      return send(method, path, request, { ...json, expirationDateTime });
    };
    const response = await sendFor(LIFE_MINUTES);
    const most = longestMinutes(response);
    return most === null ? response : sendFor(Math.min(SHORT_LIFE_MINUTES, most - 30));
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
    let place: GraphPlace = { path: '/subscriptions' };
    for (let pages = 0; pages < MOST_PAGES; pages += 1) {
      const { items, next } = await graph.page(place, 'account', request);
      found.push(...(items as Subscription[]));
      if (next === null) break;
      place = { link: next };
    }
    return found.filter(({ id }) => typeof id === 'string' && id !== '');
  }

  async function remove(id: string, request: GraphRequest): Promise<void> {
    const response = await send('DELETE', `/subscriptions/${encodeURIComponent(id)}`, request);
    if (!isSuccess(response) && response.status !== 404) throw graphApiError(response, 'account');
  }

  /**
   * Removes subscriptions of the same calendar at the same address that belong to no other account.
   */
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
        // Another account watches the same mailbox. An address of its own makes this subscription
        // distinct.
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

    // A renewal also renews the authorization, which `reauthorizationRequired` asks for.
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
      const value = field(body, 'value');
      return Array.isArray(value) ? value.slice(0, MOST_NOTICES).map(noticeOf) : [];
    },
  };
}

interface Subscription {
  readonly id: string;
  readonly resource?: unknown;
  readonly notificationUrl?: unknown;
}

/** The name of the watched resource. It is no URL, so nothing in it is escaped. */
const resourceOf = ({ providerCalendarId }: WatchRequest): string =>
  `/me/calendars/${providerCalendarId}/events`;

const codeOf = ({ body }: HttpResponse): unknown => field(errorField(body), 'code');

/** The longest life in minutes that a refusal of the expiry names; null for any other response. */
function longestMinutes(response: HttpResponse): number | null {
  const message = field(errorField(response.body), 'message');
  if (
    response.status !== 400 ||
    codeOf(response) !== 'ExtensionError' ||
    typeof message !== 'string'
  )
    return null;
  const most = /can only be (\d{2,6}) minutes/.exec(message)?.[1];
  return most === undefined ? null : Number(most);
}

function opened({ body }: HttpResponse): OpenedChannel {
  const id = field(body, 'id');
  const expirationDateTime = field(body, 'expirationDateTime');
  const expiresAt = new Date(
    typeof expirationDateTime === 'string' ? expirationDateTime : Number.NaN,
  );
  if (typeof id !== 'string' || id === '' || Number.isNaN(expiresAt.getTime()))
    throw unexpectedResponse('Graph', 'a subscription without id or expiry');
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
    // An unknown lifecycle event counts as lost notices: the calendar is read once.
    kind: typeof lifecycleEvent === 'string' ? (KINDS[lifecycleEvent] ?? 'missed') : 'changed',
  };
}
