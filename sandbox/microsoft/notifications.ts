/** Graph's change and lifecycle notifications. */
import { findEvent } from '../calendars/change-calendar.js';
import type { Courier } from '../push/courier.js';
import type { Subscription } from '../world/state.js';
import type { CalendarChange, World } from '../world/world.js';
import { etagOf } from './event-resource.js';
import { graphId } from './graph-id.js';

type Json = Record<string, unknown>;

const COLLECT_MS = 20;

/** The kinds of lifecycle notifications. */
export type LifecycleEvent = 'reauthorizationRequired' | 'subscriptionRemoved' | 'missed';

/** Collects changes for 20 ms, so that one POST contains changes of several subscriptions. */
export class GraphNotifier {
  readonly #world: World;
  readonly #courier: Courier;
  readonly #collected = new Map<string, { source: string; items: Json[] }>();
  #timer: NodeJS.Timeout | undefined;

  constructor(world: World, courier: Courier) {
    this.#world = world;
    this.#courier = courier;
  }

  /** Notifies the subscriptions of a calendar that have not expired. */
  changed({ calendar, kind, eventId }: CalendarChange): void {
    const now = this.#world.now().getTime();
    for (const subscription of this.#world.state.subscriptions) {
      if (subscription.expiresAt <= now || subscription.calendarKey !== calendar.key) continue;
      if (!subscription.changeType.includes(kind)) continue;
      const account = this.#world.account('microsoft', subscription.accountId);
      const event = findEvent(calendar, eventId);
      const id = event ? graphId(account, event, subscription.immutableIds) : eventId;
      const resource = `Users/${account.objectId}/Events/${id}`;
      this.#collect(subscription, {
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

  /**
   * Sends a lifecycle notification. `subscriptionRemoved` also removes the subscription. Returns
   * false if the subscription has no lifecycle URL.
   */
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

  /** Sends the collected changes now. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const [url, { source, items }] of this.#collected) this.#post(url, source, items);
    this.#collected.clear();
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

  #collect(subscription: Subscription, item: Json): void {
    const batch = this.#collected.get(subscription.notificationUrl) ?? {
      source: subscription.id,
      items: [],
    };
    batch.items.push(item);
    this.#collected.set(subscription.notificationUrl, batch);
    this.#timer ??= setTimeout(() => this.flush(), COLLECT_MS);
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
