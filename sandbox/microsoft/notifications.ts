/** Graph's change and lifecycle notifications. */
import { findEvent } from '../calendars/change-calendar.js';
import type { Courier } from '../push/courier.js';
import type { Subscription } from '../world/state.js';
import type { CalendarChange, World } from '../world/world.js';
import { etagOf } from './event-resource.js';
import { graphId } from './graph-id.js';

type Json = Record<string, unknown>;

const GATHER_MS = 20;

/** What a lifecycle notification can say. */
export type LifecycleEvent = 'reauthorizationRequired' | 'subscriptionRemoved' | 'missed';

/** Gathers changes for a moment, so that one POST carries several, of several subscriptions. */
export class GraphNotifier {
  readonly #world: World;
  readonly #courier: Courier;
  readonly #gathered = new Map<string, { source: string; items: Json[] }>();
  #timer: NodeJS.Timeout | undefined;

  constructor(world: World, courier: Courier) {
    this.#world = world;
    this.#courier = courier;
  }

  /** Tells the live subscriptions of a calendar. */
  changed({ calendar, kind, eventId }: CalendarChange): void {
    const now = this.#world.now().getTime();
    for (const subscription of this.#world.state.subscriptions) {
      if (subscription.expiresAt <= now || subscription.calendarKey !== calendar.key) continue;
      if (!subscription.changeType.includes(kind)) continue;
      const account = this.#world.account('microsoft', subscription.accountId);
      const event = findEvent(calendar, eventId);
      const id = event ? graphId(account, event, subscription.immutableIds) : eventId;
      const resource = `Users/${account.objectId}/Events/${id}`;
      this.#gather(subscription, {
        ...this.#head(subscription),
        changeType: kind,
        resource,
        resourceData: {
          '@odata.type': '#Microsoft.Graph.Event',
          '@odata.id': resource,
          ...(event ? { '@odata.etag': etagOf(event) } : {}),
          id,
        },
      });
    }
  }

  /** Sends a lifecycle notification; `subscriptionRemoved` also removes it. False without a lifecycle URL. */
  lifecycle(subscription: Subscription, event: LifecycleEvent): boolean {
    if (event === 'subscriptionRemoved') {
      this.#world.state.subscriptions = this.#world.state.subscriptions.filter(
        (one) => one !== subscription,
      );
      this.#world.changed();
    }
    if (!subscription.lifecycleNotificationUrl) return false;
    this.#post(subscription.lifecycleNotificationUrl, subscription.id, [
      { ...this.#head(subscription), lifecycleEvent: event },
    ]);
    return true;
  }

  /** Sends what was gathered. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const [url, { source, items }] of this.#gathered) this.#post(url, source, items);
    this.#gathered.clear();
  }

  #head(subscription: Subscription): Json {
    return {
      id: this.#world.random.text(40),
      subscriptionId: subscription.id,
      subscriptionExpirationDateTime: new Date(subscription.expiresAt).toISOString(),
      clientState: subscription.clientState,
      tenantId: this.#world.account('microsoft', subscription.accountId).tenantId,
    };
  }

  #gather(subscription: Subscription, item: Json): void {
    const batch = this.#gathered.get(subscription.notificationUrl) ?? {
      source: subscription.id,
      items: [],
    };
    batch.items.push(item);
    this.#gathered.set(subscription.notificationUrl, batch);
    this.#timer ??= setTimeout(() => this.flush(), GATHER_MS);
  }

  #post(url: string, source: string, value: Json[]): void {
    const headers = { 'content-type': 'application/json; charset=utf-8' };
    this.#courier.send({
      provider: 'microsoft',
      source,
      url,
      headers,
      body: JSON.stringify({ value }),
    });
  }
}
