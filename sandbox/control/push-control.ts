/** Control over push: what is subscribed, what was delivered, and messages on demand. */
import type { GraphNotifier, LifecycleEvent } from '../microsoft/notifications.js';
import type { Courier, Delivery } from '../push/courier.js';
import type { Channel, Subscription } from '../world/state.js';
import type { World } from '../world/world.js';

/** The part of the control API about push. */
export interface PushControl {
  /** Google's channels, expired ones too. */
  channels(): Channel[];
  /** Graph's subscriptions, expired ones too until somebody looks. */
  subscriptions(): Subscription[];
  /** What was delivered or tried, oldest first. How it travels: `configure({ delivery: ... })`. */
  deliveries(): Delivery[];
  clearDeliveries(): void;
  /** Sends what is gathered or held back; resolves when all of it has arrived or been given up. */
  settleDeliveries(): Promise<void>;
  /** Sends a lifecycle notification now. False when the subscription has no lifecycle URL. */
  sendLifecycle(options: { subscriptionId: string; event: LifecycleEvent }): boolean;
}

/** The part of the control API about push. */
export function pushControl(world: World, courier: Courier, notifier: GraphNotifier): PushControl {
  return {
    channels: () => structuredClone(world.state.channels),
    subscriptions: () => structuredClone(world.state.subscriptions),
    deliveries: () => [...courier.deliveries],
    clearDeliveries: () => {
      courier.deliveries.length = 0;
    },
    async settleDeliveries() {
      notifier.flush();
      await courier.settle();
    },
    sendLifecycle({ subscriptionId, event }) {
      const subscription = world.state.subscriptions.find((one) => one.id === subscriptionId);
      if (!subscription) throw new Error(`No subscription ${subscriptionId}`);
      return notifier.lifecycle(subscription, event);
    },
  };
}
