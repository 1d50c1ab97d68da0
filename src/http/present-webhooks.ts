// Webhook endpoints and deliveries as clients see them: never a secret.

import type { ListedDelivery } from '../notifications/delivery-list.js';
import type { WebhookEndpoint } from '../notifications/webhook-endpoint.js';
import type { Shown } from './answers.js';
import type * as schemas from './webhook-schemas.js';

/** An endpoint. */
export function presentEndpoint(endpoint: WebhookEndpoint): Shown<typeof schemas.WebhookEndpoint> {
  const { id, url, types, minutesBefore, description, disabledAt, disabledReason } = endpoint;
  return {
    id,
    url: url ?? '',
    types,
    minutesBefore,
    description,
    disabled: disabledAt !== null,
    disabledReason,
    createdAt: endpoint.createdAt.toISOString(),
    updatedAt: endpoint.updatedAt.toISOString(),
  };
}

/** A delivery. */
export function presentDelivery(delivery: ListedDelivery): Shown<typeof schemas.WebhookDelivery> {
  const { nextAttemptAt, createdAt, deliveredAt } = delivery;
  return {
    id: delivery.id,
    notificationId: delivery.notificationId,
    type: delivery.type,
    state: delivery.state,
    attempts: delivery.attempts,
    lastStatus: delivery.lastStatus,
    lastError: delivery.lastError,
    nextAttemptAt: nextAttemptAt?.toISOString() ?? null,
    createdAt: createdAt.toISOString(),
    deliveredAt: deliveredAt?.toISOString() ?? null,
  };
}
