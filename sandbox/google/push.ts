/** Google's push channels: watch, stop, and their notifications. */
import { type Courier, isLoopback } from '../push/courier.js';
import { type Exchange, objectOf, type Route } from '../wire/exchange.js';
import { empty, json, type Reply } from '../wire/reply.js';
import { ALPHABET, digest } from '../world/random.js';
import type { Channel } from '../world/state.js';
import type { World } from '../world/world.js';
import { type Caller, forCalendar, forCaller } from './caller.js';
import { googleError } from './errors.js';

const BASE = 'https://www.googleapis.com/calendar/v3';

const refuse = (reason: string, message: string, domain = 'global') =>
  googleError(400, reason, message, { domain });

function watch(
  exchange: Exchange,
  { world, account }: Caller,
  courier: Courier,
  calendarKey: string | null,
  uri: string,
): Reply {
  const body = objectOf(exchange);
  if (!body) return refuse('parseError', 'Parse Error');
  const id = String(body['id'] ?? '');
  const address = String(body['address'] ?? '');
  const token = body['token'] === undefined ? undefined : String(body['token']);
  if (body['id'] === undefined) return refuse('required', 'Required');
  if (!/^[A-Za-z0-9\-_+/=]{1,64}$/.test(id))
    return refuse('invalid', 'Invalid value for channel id.');
  if (token !== undefined && token.length > 256)
    return refuse('invalid', 'Channel token is too long.');
  if (body['type'] !== 'web_hook')
    return refuse('channelTypeInvalid', 'Unknown channel type.', 'push');
  if (!URL.canParse(address)) return refuse('webhookUrlInvalid', 'Invalid webhook URL.', 'push');
  if (!address.startsWith('https:') && !isLoopback(address)) {
    return refuse('push.webhookUrlNotHttps', `WebHook callback must be HTTPS: ${address}`);
  }
  if (world.state.channels.some((channel) => channel.id === id))
    return refuse('channelIdNotUnique', `Channel id ${id} not unique`, 'push');
  const now = world.now().getTime();
  const longest = world.state.settings.google.channelMaxSeconds;
  const ttl = Number((body['params'] as { ttl?: string } | undefined)?.ttl ?? longest);
  const requested =
    body['expiration'] === undefined ? now + ttl * 1000 : Number(body['expiration']);
  const channel: Channel = {
    id,
    resourceId: digest(`${account.id}:${uri}`, 27, ALPHABET.base62),
    resourceUri: `${BASE}${uri}?alt=json`,
    calendarKey,
    accountId: account.id,
    address,
    ...(token === undefined ? {} : { token }),
    // Rounded to seconds, because the header of the notifications has no fractions.
    expiresAt: Math.floor(Math.min(requested, now + longest * 1000) / 1000) * 1000,
    messageNumber: 0,
  };
  world.state.channels.push(channel);
  notify(world, courier, channel, 'sync');
  return json(200, {
    kind: 'api#channel',
    id,
    resourceId: channel.resourceId,
    resourceUri: channel.resourceUri,
    ...(token === undefined ? {} : { token }),
    expiration: String(channel.expiresAt),
  });
}

function stop(exchange: Exchange, { world, account }: Caller): Reply {
  const body = objectOf(exchange);
  const { channels } = world.state;
  const found = channels.find(
    (one) =>
      one.id === body?.['id'] &&
      one.resourceId === body['resourceId'] &&
      one.accountId === account.id,
  );
  if (!found)
    return googleError(404, 'channelUnknown', `Channel '${body?.['id']}' not found for project`);
  world.state.channels = channels.filter((one) => one !== found);
  world.changed();
  return empty(204);
}

/**
 * Sends a notification. The first one of a channel is `sync`. Message numbers grow by one or more.
 */
function notify(world: World, courier: Courier, channel: Channel, state: 'sync' | 'exists'): void {
  channel.messageNumber += state === 'sync' ? 1 : 1 + world.random.number(3);
  world.changed();
  courier.send({
    provider: 'google',
    source: channel.id,
    url: channel.address,
    headers: {
      'X-Goog-Channel-ID': channel.id,
      ...(channel.token === undefined ? {} : { 'X-Goog-Channel-Token': channel.token }),
      'X-Goog-Channel-Expiration': new Date(channel.expiresAt).toUTCString(),
      'X-Goog-Resource-ID': channel.resourceId,
      'X-Goog-Resource-URI': channel.resourceUri,
      'X-Goog-Resource-State': state,
      'X-Goog-Message-Number': String(channel.messageNumber),
    },
    body: '',
  });
}

/** Notifies the channels of a calendar, or of an account's calendar list, that have not expired. */
export function notifyGoogle(
  world: World,
  courier: Courier,
  about: { calendarKey: string } | { accountId: string },
): void {
  const now = world.now().getTime();
  for (const channel of world.state.channels) {
    if (channel.expiresAt <= now) continue;
    const isWatched =
      'calendarKey' in about
        ? channel.calendarKey === about.calendarKey
        : channel.calendarKey === null && channel.accountId === about.accountId;
    if (isWatched) notify(world, courier, channel, 'exists');
  }
}

/** The routes of this file. */
export function googlePushRoutes(courier: Courier): Route[] {
  const row = (name: string, path: string, answer: Route['answer']): Route => ({
    name: `google.${name}`,
    provider: 'google',
    group: 'api',
    method: 'POST',
    path: `/google/calendar/v3${path}`,
    answer,
  });
  return [
    row(
      'events.watch',
      '/calendars/:calendarId/events/watch',
      forCalendar('readEvents', (exchange, caller) => {
        if (caller.entry.subscribed) {
          return refuse(
            'pushNotSupportedForRequestedResource',
            'Push notifications are not supported by this resource.',
            'calendar',
          );
        }
        const uri = `/calendars/${encodeURIComponent(caller.entry.id)}/events`;
        return watch(exchange, caller, courier, caller.calendar.key, uri);
      }),
    ),
    row(
      'calendarList.watch',
      '/users/me/calendarList/watch',
      forCaller('listCalendars', (exchange, caller) =>
        watch(exchange, caller, courier, null, '/users/me/calendarList'),
      ),
    ),
    row('channels.stop', '/channels/stop', forCaller('readEvents', stop)),
  ];
}
