// Requests about change subscriptions of Graph:
// learn.microsoft.com/graph/api/resources/subscription.

import type { HttpClient, HttpResponse } from '../http-client.js';
import { ListingProgress, nullAtOpenEnd } from '../listing-progress.js';
import type { ChannelRequest, WatchRequest } from '../provider-push.js';
import { errorField, field, isSuccess } from '../responses.js';
import { graphApiError } from './api-errors.js';
import {
  createGraph,
  type Graph,
  type GraphPage,
  type GraphPlace,
  type GraphRequest,
} from './graph.js';

// A little less than Graph allows: 10,080 minutes, or 4,230 where its older limit still holds.
const LIFE_MINUTES = 10_020;
const SHORT_LIFE_MINUTES = 4_200;

/** A subscription as Graph lists it. */
export interface Subscription {
  readonly id: string;
  readonly resource: unknown;
  readonly notificationUrl: unknown;
}

/** Requests about the subscriptions of one Graph. */
export interface Subscriptions {
  /** Creates a subscription that notifies `address`. Returns the response, of any status. */
  create(request: WatchRequest, address: string): Promise<HttpResponse>;
  /** Extends the life of a subscription. Returns the response, of any status. */
  extend(request: ChannelRequest): Promise<HttpResponse>;
  /** The subscriptions of this app for the account. @throws ProviderError */
  list(request: GraphRequest): Promise<readonly Subscription[]>;
  /** Deletes a subscription, unless it is gone. @throws ProviderError */
  remove(id: string, request: GraphRequest): Promise<void>;
}

/** @param graphUrl with the version, without a trailing slash */
export function createSubscriptions(http: HttpClient, graphUrl: string): Subscriptions {
  const graph = createGraph(http, graphUrl);

  function send(
    method: 'POST' | 'PATCH' | 'DELETE',
    path: string,
    request: GraphRequest,
    json?: object,
  ): Promise<HttpResponse> {
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
    json: object = {},
  ): Promise<HttpResponse> {
    const sendFor = (minutes: number) => {
      const expirationDateTime = new Date(request.now.getTime() + minutes * 60_000).toISOString();
      return send(method, path, request, { ...json, expirationDateTime });
    };
    const response = await sendFor(LIFE_MINUTES);
    const most = longestMinutes(response);
    return most === null ? response : sendFor(Math.min(SHORT_LIFE_MINUTES, most - 30));
  }

  return {
    create: (request, address) =>
      sendExpiring('POST', '/subscriptions', request, subscriptionTo(request, address)),
    extend: (request) => sendExpiring('PATCH', pathOf(request.resourceId), request),

    list: (request) => listAll(graph, request),

    async remove(id, request) {
      const response = await send('DELETE', pathOf(id), request);
      if (!isSuccess(response) && response.status !== 404) throw graphApiError(response, 'account');
    },
  };
}

/** Every subscription. Where the list does not come to an end, what was listed counts. */
async function listAll(graph: Graph, request: GraphRequest): Promise<Subscription[]> {
  const found = new Map<string, Subscription>();
  const progress = new ListingProgress();
  const pageAt = (place: GraphPlace): Promise<GraphPage | null> =>
    nullAtOpenEnd(() => graph.page(place, 'account', request));
  for (let place: GraphPlace = { path: '/subscriptions' }; ; ) {
    const page = await pageAt(place);
    if (page === null) return [...found.values()];
    const listed = page.items.map(toSubscription).filter((one) => one !== null);
    for (const one of listed) found.set(one.id, one);
    const keys = listed.map(({ id }) => id);
    if (page.next === null || !progress.goesOn(keys, page.next)) return [...found.values()];
    place = { link: page.next };
  }
}

const pathOf = (id: string): string => `/subscriptions/${encodeURIComponent(id)}`;

/** The name of the watched resource. It is no URL, so nothing in it is escaped. */
export const resourceOf = ({ providerCalendarId }: WatchRequest): string =>
  `/me/calendars/${providerCalendarId}/events`;

/** The body for a new subscription. `clientState` is `{channel id}.{secret}`. */
function subscriptionTo(request: WatchRequest, address: string): object {
  return {
    changeType: 'created,updated,deleted',
    notificationUrl: address,
    lifecycleNotificationUrl: address,
    resource: resourceOf(request),
    clientState: `${request.channelId}.${request.secret}`,
  };
}

function toSubscription(item: unknown): Subscription | null {
  const id = field(item, 'id');
  if (typeof id !== 'string' || id === '') return null;
  return { id, resource: field(item, 'resource'), notificationUrl: field(item, 'notificationUrl') };
}

/** The longest life in minutes that a refusal of the expiry names; null for any other response. */
function longestMinutes({ status, body }: HttpResponse): number | null {
  const error = errorField(body);
  const message = field(error, 'message');
  if (status !== 400 || field(error, 'code') !== 'ExtensionError' || typeof message !== 'string')
    return null;
  const most = /can only be (\d{2,6}) minutes/.exec(message)?.[1];
  return most === undefined ? null : Number(most);
}
