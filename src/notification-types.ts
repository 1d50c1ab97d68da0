// The types of notifications, and how a room below has one written in its own statement.

/** Everything that a host gets notifications of. */
export const NOTIFICATION_TYPES = [
  'account.connected',
  'account.reconnected',
  'account.disconnected',
  'account.reauthorization_required',
  'account.recovered',
  'sync.completed',
  'sync.failing',
  'events.changed',
  'event.starting',
  'event.ended',
  'admin_consent.granted',
  'admin_consent.refused',
  'webhook.test',
] as const;
export type NotificationType = (typeof NOTIFICATION_TYPES)[number];

/** Types that are sent only to those who name them. */
export const TIMED_TYPES = ['event.starting', 'event.ended'] as const;
export type TimedType = (typeof TIMED_TYPES)[number];

/** The states of a delivery to a webhook endpoint. `failed` is the end: all attempts failed, or the endpoint is gone. */
export const DELIVERY_STATES = ['pending', 'delivered', 'failed'] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];

/** Whether events were changed by the provider, or by a write of ours. */
export type ChangeOrigin = 'provider' | 'self';

/**
 * Returns CTEs, separated by commas, that write a notification for each row of the CTE `source`.
 * Its columns are account_id, user_id, provider, type and data (jsonb). The notification commits
 * with the statement. An account whose disconnection was announced gets none.
 */
export type AppendNotifications = (source: string) => string;

/** Events of one calendar that readers see differently. */
export interface EventCounts {
  readonly changed: number;
  readonly deleted: number;
}

/** No event changed. */
export const NO_EVENTS: EventCounts = { changed: 0, deleted: 0 };
