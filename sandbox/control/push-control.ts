/** The control API for push: channels, subscriptions, deliveries and lifecycle notifications. */
import type { GraphNotifier, LifecycleEvent } from '../microsoft/notifications.js';
import type { Courier, Delivery } from '../push/courier.js';
import type { Channel, Subscription } from '../world/state.js';
import type { World } from '../world/world.js';

/** The part of the control API about push. */
export interface PushControl {
  /** Google's channels, including expired ones. */
  channels(): Channel[];
  /** Graph's subscriptions. Expired ones are included until a client lists the subscriptions. */
  subscriptions(): Subscription[];
  /**
   * All deliveries and attempts, oldest first. `configure({ delivery: ... })` delays, repeats or
   * drops them.
   */
  deliveries(): Delivery[];
  clearDeliveries(): void;
  /** Sends all waiting notifications. Resolves when each has arrived or has failed for good. */
  settleDeliveries(): Promise<void>;
  /** Sends a lifecycle notification now. Returns false if the subscription has no lifecycle URL. */
  sendLifecycle(options: { subscriptionId: string; event: LifecycleEvent }): boolean;
}

/** Creates the part of the control API about push. */
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
      if (!subscription)
        throw new Error(
          `There is no subscription ${subscriptionId}. GET /__sim/subscriptions lists them.`,
        );
      return notifier.lifecycle(subscription, event);
    },
  };
}
