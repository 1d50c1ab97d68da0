/** Graph's subscriptions: create with validation, renew, list, delete. */
import { type Courier, isLoopback } from '../push/courier.js';
import { type Exchange, objectOf, type Route } from '../wire/exchange.js';
import { empty, json, type Reply } from '../wire/reply.js';
import type { Subscription } from '../world/state.js';
import { graphError } from './graph-error.js';
import { findEntry, forMailbox, type MailboxCaller } from './mailbox.js';
import { contextOf } from './odata.js';

type Json = Record<string, unknown>;

const MIN_LIFETIME_MS = 45 * 60_000;

/** The caller's subscriptions. Expired subscriptions are removed first. */
function activeOf({ world, account }: MailboxCaller): Subscription[] {
  const now = world.now().getTime();
  world.state.subscriptions = world.state.subscriptions.filter((one) => one.expiresAt > now);
  return world.state.subscriptions.filter((one) => one.accountId === account.id);
}

function resource(subscription: Subscription, accountId: string): Json {
  return {
    id: subscription.id,
    resource: subscription.resource,
    applicationId: subscription.clientId,
    changeType: subscription.changeType,
    clientState: subscription.clientState,
    notificationUrl: subscription.notificationUrl,
    notificationQueryOptions: null,
    lifecycleNotificationUrl: subscription.lifecycleNotificationUrl,
    expirationDateTime: new Date(subscription.expiresAt).toISOString(),
    creatorId: accountId,
    includeResourceData: null,
    latestSupportedTlsVersion: 'v1_2',
    encryptionCertificate: null,
    encryptionCertificateId: null,
    notificationUrlAppId: null,
  };
}

const show = (status: number, subscription: Subscription, caller: MailboxCaller) =>
  json(status, {
    '@odata.context': contextOf('subscriptions/$entity'),
    ...resource(subscription, caller.account.id),
  });

/**
 * Reads the expiry in milliseconds. Returns the 400 if it is less than 45 minutes away or too far.
 */
function readExpiry(body: Json, { world }: MailboxCaller, operation: string): number | Reply {
  const expiry = Date.parse(String(body['expirationDateTime'] ?? ''));
  const now = world.now().getTime();
  const most = world.state.settings.microsoft.subscriptionMaxMinutes;
  if (Number.isNaN(expiry))
    return graphError(
      world,
      400,
      'InvalidRequest',
      'expirationDateTime is missing or is not a valid date.',
    );
  const fail = (reason: string) =>
    graphError(
      world,
      400,
      'ExtensionError',
      `Operation: ${operation}; Exception: [Status Code: BadRequest; Reason: ${reason}]`,
    );
  if (expiry <= now) return fail('Subscription expiration must be in the future.');
  if (expiry > now + most * 60_000)
    return fail(`Subscription expiration can only be ${most} minutes in the future.`);
  return Math.max(expiry, now + MIN_LIFETIME_MS);
}

async function create(exchange: Exchange, caller: MailboxCaller, courier: Courier): Promise<Reply> {
  const { world, account, preferences } = caller;
  const body = objectOf(exchange) ?? {};
  const invalid = (message: string) => graphError(world, 400, 'InvalidRequest', message);
  const text = (name: string) => (typeof body[name] === 'string' ? body[name] : null);
  const [path, notificationUrl, changeType] = [
    text('resource'),
    text('notificationUrl'),
    text('changeType'),
  ];
  const lifecycleNotificationUrl = text('lifecycleNotificationUrl');
  const clientState = text('clientState');
  if (!path || !notificationUrl || !changeType)
    return invalid('resource, changeType and notificationUrl are required.');
  if (!changeType.split(',').every((one) => ['created', 'updated', 'deleted'].includes(one.trim())))
    return invalid('Invalid changeType.');
  if (clientState !== null && clientState.length > 128)
    return invalid('clientState must not exceed 128 characters.');
  for (const url of [notificationUrl, lifecycleNotificationUrl]) {
    if (url !== null && !url.startsWith('https:') && !isLoopback(url))
      return invalid('The notification URL must use the HTTPS scheme.');
  }
  const named = /^\/?(?:me|users\/[^/]+)\/(?:calendars\/([^/]+)\/|calendar\/)?events\/?$/i.exec(
    path,
  );
  if (!named) return invalid(`The resource '${path}' is not supported for subscriptions.`);
  const entry = findEntry(
    account,
    named[1] === undefined ? undefined : decodeURIComponent(named[1]),
  );
  if (!entry) return graphError(world, 404, 'ResourceNotFound', 'The object was not found.');
  const expiresAt = readExpiry(body, caller, 'Create');
  if (typeof expiresAt !== 'number') return expiresAt;
  const same = (one: Subscription) =>
    one.calendarKey === entry.calendarKey &&
    one.notificationUrl === notificationUrl &&
    one.changeType === changeType;
  if (activeOf(caller).some(same))
    return graphError(
      world,
      409,
      'Conflict',
      'A subscription with the same resource, change types and notification URL exists already.',
    );
  for (const url of new Set([
    notificationUrl,
    ...(lifecycleNotificationUrl ? [lifecycleNotificationUrl] : []),
  ])) {
    const failure = await validate(courier, url, world.random.uuid());
    if (failure)
      return graphError(
        world,
        400,
        'ValidationError',
        `Subscription validation request failed. ${failure}`,
      );
  }
  const subscription: Subscription = {
    id: world.random.uuid(),
    resource: path,
    calendarKey: entry.calendarKey,
    accountId: account.id,
    clientId: exchange.accessToken?.clientId ?? '',
    changeType,
    notificationUrl,
    lifecycleNotificationUrl,
    clientState,
    expiresAt,
    immutableIds: preferences.immutableIds,
  };
  world.state.subscriptions.push(subscription);
  world.changed();
  return show(201, subscription, caller);
}

/** Validates an endpoint. Returns the error; undefined if it returned the token correctly. */
async function validate(
  courier: Courier,
  url: string,
  requestId: string,
): Promise<string | undefined> {
  if (!isLoopback(url))
    return "HTTP status code is 'NameResolutionFailure' (the sandbox only calls loopback addresses).";
  // These characters reveal an endpoint that does not decode the token, or that escapes it.
  const token = `Validation: Testing client application reachability for subscription Request-Id: ${requestId} <&+%=?/">`;
  const target = `${url}${url.includes('?') ? '&' : '?'}validationToken=${encodeURIComponent(token)}`;
  try {
    const { status, type, text } = await courier.post(
      target,
      { 'content-type': 'text/plain; charset=utf-8' },
      '',
    );
    if (status !== 200) return `HTTP status code is '${status}'.`;
    if (!type.toLowerCase().startsWith('text/plain'))
      return 'Content-Type of the response must be text/plain.';
    return text === token
      ? undefined
      : 'Response must exactly match validationToken query parameter.';
  } catch {
    return 'The request timed out.';
  }
}

/** The routes of this file. */
export function subscriptionRoutes(courier: Courier): Route[] {
  const row = (
    name: string,
    method: string,
    path: string,
    answer: Parameters<typeof forMailbox>[1],
  ): Route => ({
    name: `microsoft.subscriptions.${name}`,
    provider: 'microsoft',
    group: 'api',
    method,
    path: `/microsoft/graph/v1.0/subscriptions${path}`,
    answer: forMailbox('readCalendars', answer),
  });
  const withOne =
    (answer: (exchange: Exchange, caller: MailboxCaller, subscription: Subscription) => Reply) =>
    (exchange: Exchange, caller: MailboxCaller): Reply => {
      const found = activeOf(caller).find((one) => one.id === exchange.params['id']);
      return found
        ? answer(exchange, caller, found)
        : graphError(caller.world, 404, 'ResourceNotFound', 'The object was not found.');
    };
  return [
    row('create', 'POST', '', (exchange, caller) => create(exchange, caller, courier)),
    row('list', 'GET', '', (_, caller) =>
      json(200, {
        '@odata.context': contextOf('subscriptions'),
        value: activeOf(caller).map((one) => resource(one, caller.account.id)),
      }),
    ),
    row(
      'get',
      'GET',
      '/:id',
      withOne((_, caller, subscription) => show(200, subscription, caller)),
    ),
    row(
      'renew',
      'PATCH',
      '/:id',
      withOne((exchange, caller, subscription) => {
        const expiresAt = readExpiry(objectOf(exchange) ?? {}, caller, 'Update');
        if (typeof expiresAt !== 'number') return expiresAt;
        subscription.expiresAt = expiresAt;
        caller.world.changed();
        return show(200, subscription, caller);
      }),
    ),
    row(
      'reauthorize',
      'POST',
      '/:id/reauthorize',
      withOne(() => empty(204)),
    ),
    row(
      'delete',
      'DELETE',
      '/:id',
      withOne((_, { world }, subscription) => {
        world.state.subscriptions = world.state.subscriptions.filter((one) => one !== subscription);
        world.changed();
        return empty(204);
      }),
    ),
  ];
}
