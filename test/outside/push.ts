/** The providers' push: channels at Google, subscriptions at Microsoft, and the notices of both. */
import { randomUUID } from 'node:crypto';
import type { OAuthServer } from './oauth.js';
import type { Answer, Call, Json, Side, Store } from './wire.js';

export interface Channel {
  readonly id: string;
  readonly address: string;
  readonly secret: string;
  readonly resource: string;
  readonly lifecycleAddress: string;
}

const DAY = 86_400_000;

export class PushSide implements Side {
  readonly google: Channel[] = [];
  readonly microsoft: Channel[] = [];

  constructor(
    private readonly store: Store,
    private readonly googleOAuth: OAuthServer,
    private readonly microsoftOAuth: OAuthServer,
  ) {}

  route(call: Call): { kind: string; answer: () => Answer | Promise<Answer> } | undefined {
    const path = call.segments.join('/');
    if (path.endsWith('/events/watch'))
      return { kind: 'google.watch', answer: () => this.watch(call) };
    if (path.endsWith('/channels/stop'))
      return { kind: 'google.stop', answer: () => this.stopChannel(call) };
    if (path.startsWith('graph/v1.0/subscriptions')) {
      return {
        kind: `microsoft.subscriptions.${call.method}`,
        answer: () => this.subscriptions(call),
      };
    }
    return undefined;
  }

  private watch(call: Call): Answer {
    const { id, type, address, token } = call.json as {
      id: string;
      type: string;
      address: string;
      token: string;
    };
    if (!this.googleOAuth.bearer(call)) return { status: 401, body: { error: { code: 401 } } };
    if (call.segments.includes('unpushable@example.com'))
      return {
        status: 400,
        body: {
          error: { code: 400, errors: [{ reason: 'pushNotSupportedForRequestedResource' }] },
        },
      };
    if (!/^[\w\-+/=]{1,64}$/.test(id) || type !== 'web_hook' || !token || token.length > 256)
      return this.odd('watch', call.json);
    this.store.secrets.push(token);
    const resource = randomUUID();
    this.google.push({ id, address, secret: token, resource, lifecycleAddress: '' });
    return {
      body: {
        kind: 'api#channel',
        id,
        resourceId: resource,
        resourceUri: call.raw,
        token,
        expiration: `${Date.now() + 7 * DAY}`,
      },
    };
  }

  private stopChannel(call: Call): Answer {
    const at = this.google.findIndex(
      ({ id, resource }) => id === call.json['id'] && resource === call.json['resourceId'],
    );
    if (at < 0) return { status: 404, body: { error: { code: 404 } } };
    this.google.splice(at, 1);
    return { status: 204 };
  }

  private async subscriptions(call: Call): Promise<Answer> {
    if (!this.microsoftOAuth.bearer(call))
      return { status: 401, body: { error: { code: 'InvalidAuthenticationToken' } } };
    const id = call.segments[3];
    const known = this.microsoft.findIndex((one) => one.id === id);
    const expirationDateTime = new Date(Date.now() + 2 * DAY).toISOString();
    if (id !== undefined) {
      if (known < 0) return { status: 404, body: { error: { code: 'ResourceNotFound' } } };
      if (call.method === 'DELETE') this.microsoft.splice(known, 1);
      return call.method === 'DELETE' ? { status: 204 } : { body: { id, expirationDateTime } };
    }
    if (call.method === 'GET')
      return {
        body: {
          value: this.microsoft.map((one) => ({ id: one.id, notificationUrl: one.address })),
        },
      };
    const wanted = call.json as Record<
      | 'notificationUrl'
      | 'lifecycleNotificationUrl'
      | 'clientState'
      | 'resource'
      | 'changeType'
      | 'expirationDateTime',
      string
    >;
    const lasts = Date.parse(wanted.expirationDateTime) - Date.now();
    // Microsoft documents two limits; this is the shorter one.
    if (lasts > 4230 * 60_000)
      return {
        status: 400,
        body: {
          error: {
            code: 'ExtensionError',
            message:
              'Operation: Create; Exception: [Status Code: BadRequest; Reason: Subscription expiration can only be 4230 minutes in the future.]',
          },
        },
      };
    if (
      !(lasts > 0) ||
      !wanted.clientState ||
      wanted.clientState.length > 128 ||
      !wanted.resource ||
      !/Immutable/.test(`${call.headers['prefer']}`)
    )
      return this.odd('subscription', call.json);
    for (const url of [
      wanted.notificationUrl,
      wanted.lifecycleNotificationUrl ?? wanted.notificationUrl,
    ]) {
      const token = `Validation: Testing+client application & reachability <${randomUUID()}>`;
      const reply = await fetch(`${url}?validationToken=${encodeURIComponent(token)}`, {
        method: 'POST',
        headers: { 'content-type': 'text/plain; charset=utf-8' },
      });
      const text = await reply.text();
      if (
        reply.status !== 200 ||
        text !== token ||
        !reply.headers.get('content-type')?.startsWith('text/plain')
      ) {
        this.store.violations.push(`validation answered ${reply.status} ${text}`);
        return { status: 400, body: { error: { code: 'ValidationError' } } };
      }
    }
    this.store.secrets.push(wanted.clientState);
    const made = {
      id: randomUUID(),
      address: wanted.notificationUrl,
      secret: wanted.clientState,
      resource: wanted.resource,
      lifecycleAddress: wanted.lifecycleNotificationUrl,
    };
    this.microsoft.push(made);
    return { status: 201, body: { ...wanted, id: made.id, expirationDateTime, creatorId: 'x' } };
  }

  /** Sends one notice as Google does. */
  async notifyGoogle(
    { id, address, secret, resource }: Channel,
    state = 'exists',
    number = '7',
  ): Promise<number> {
    const headers = {
      'x-goog-channel-id': id,
      'x-goog-channel-token': secret,
      'x-goog-resource-id': resource,
      'x-goog-resource-state': state,
      'x-goog-message-number': number,
      'x-goog-channel-expiration': new Date(Date.now() + DAY).toUTCString(),
    };
    return (await fetch(address, { method: 'POST', headers })).status;
  }

  /** Sends notices as Graph does, several in one request. */
  async notifyMicrosoft(
    channels: Channel[],
    more: Json = { changeType: 'updated' },
  ): Promise<number> {
    const address =
      (more['lifecycleEvent'] ? channels[0]?.lifecycleAddress : channels[0]?.address) ?? '';
    const value = channels.map(({ id, secret, resource }) => ({
      id: randomUUID(),
      subscriptionId: id,
      subscriptionExpirationDateTime: new Date(Date.now() + DAY).toISOString(),
      clientState: secret,
      resource,
      tenantId: randomUUID(),
      ...more,
    }));
    const body = JSON.stringify({ value });
    return (
      await fetch(address, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
      })
    ).status;
  }

  private odd(what: string, body: Json): Answer {
    this.store.violations.push(`${what}: ${JSON.stringify(body)}`);
    return { status: 400, body: { error: { code: 'ErrorInvalidParameter' } } };
  }
}
