// The schemas of webhook endpoints and deliveries, as clients see them.

import { z } from 'zod';
import { field } from '../field.js';
import { DELIVERY_STATES } from '../notification-types.js';
import { notificationType } from './notification-schemas.js';
import { instant } from './schemas.js';

/** Where webhooks are sent. */
export const endpointUrl = field(
  z
    .url({ protocol: /^https?$/, error: 'must be an https URL' })
    .max(2_048)
    .refine((value) => hasNeitherCredentialsNorFragment(value), {
      error: 'must have neither credentials nor a fragment',
    }),
  'The https URL that gets the webhooks',
  'https://api.example.com/hooks/calendars',
);

function hasNeitherCredentialsNorFragment(value: string): boolean {
  const parsed = URL.parse(value);
  return parsed !== null && `${parsed.username}${parsed.password}${parsed.hash}` === '';
}

/** Which types an endpoint gets. */
export const types = field(
  z.array(notificationType).min(1).max(32),
  'The types it gets. Without it all but event.starting and event.ended, which have to be named',
  ['events.changed', 'account.reauthorization_required'],
);

/** The same, or null for the usual ones. */
export const typesOrUsual = field(
  types.nullable(),
  'The types it gets. Null: all but event.starting and event.ended',
  ['events.changed', 'account.reauthorization_required'],
);

/** How long before its start `event.starting` is sent. */
export const minutesBefore = field(
  z.int().min(0).max(1_440),
  'Minutes before the start of an event that event.starting is sent',
  10,
);

/** A note of the host. */
export const description = field(z.string().max(500), 'A note of yours', 'Production');

/** The id of an endpoint. */
export const endpointId = field(
  z.uuid(),
  'The id of the webhook endpoint',
  '4d0e9d0b-6a6a-4a11-8f0b-0b9f7e8f4338',
);

/** The same, or null for none. */
export const descriptionOrNone = field(description.nullable(), 'A note of yours', 'Production');

const endpoint = {
  id: endpointId,
  url: field(z.string(), 'Where webhooks are sent', 'https://api.example.com/hooks/calendars'),
  types: typesOrUsual,
  minutesBefore,
  description: descriptionOrNone,
  disabled: field(z.boolean(), 'Whether it gets nothing', false),
  disabledReason: field(
    z.enum(['host', 'gone']).nullable(),
    '`gone`: it answered 410. Null while it is enabled',
    'gone',
  ),
  createdAt: field(instant, 'When it was made', '2026-12-01T09:00:00.000Z'),
  updatedAt: field(instant, 'When it was last changed', '2026-12-01T09:00:00.000Z'),
};

/** An endpoint. */
export const WebhookEndpoint = z
  .object(endpoint)
  .meta({ id: 'WebhookEndpoint', description: 'An address of yours that gets notifications' });

/** An endpoint with the secret that signs, which is shown once. */
export const WebhookEndpointWithSecret = z
  .object({
    ...endpoint,
    secret: field(
      z.string(),
      'Verifies the signatures. It is not shown again',
      'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD',
    ),
  })
  .meta({ id: 'WebhookEndpointWithSecret', description: 'An endpoint and its secret' });

/** One delivery. */
export const WebhookDelivery = z
  .object({
    id: field(z.uuid(), 'The id of the delivery', '9d0b6a6a-1a11-4f0b-8b9f-7e8f43384d0e'),
    notificationId: field(
      z.uuid(),
      'The id of the notification',
      '5e8a3b0c-7f0d-4b89-8d7b-1c9d6a0f2e44',
    ),
    type: notificationType,
    state: field(
      z.enum(DELIVERY_STATES),
      '`failed`: the last attempt has failed, or the endpoint answered 410',
      'delivered',
    ),
    attempts: field(z.int(), 'How many attempts have ended', 1),
    lastStatus: field(z.int().nullable(), 'The status of the last response', 200),
    lastError: field(z.string().nullable(), 'Why the last attempt failed', 'timeout'),
    nextAttemptAt: field(
      instant.nullable(),
      'When it is tried next. Null when it is delivered or failed',
      '2026-12-01T09:00:05.000Z',
    ),
    createdAt: field(instant, 'When it was queued', '2026-12-01T09:00:00.000Z'),
    deliveredAt: field(instant.nullable(), 'When it was accepted', '2026-12-01T09:00:00.120Z'),
  })
  .meta({ id: 'WebhookDelivery', description: 'The delivery of one notification' });
