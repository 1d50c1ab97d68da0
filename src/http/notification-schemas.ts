// The schemas of notifications, as clients see them.

import { z } from 'zod';
import { IntegrationError } from '../errors.js';
import { field } from '../field.js';
import { NOTIFICATION_TYPES, type NotificationType } from '../notification-types.js';
import { instant, providerId } from './schemas.js';

/** What a notification is about. */
export const notificationType = field(
  z.enum(NOTIFICATION_TYPES),
  'What happened (docs/notifications.md lists the types)',
  'events.changed',
);

/** A cursor of the feed. */
export const cursorOfFeed = z.string().min(1).max(128);

const data = z
  .looseObject({
    accountId: field(
      z.uuid().nullable(),
      'The account. Null where it concerns none',
      '7f1f6c1e-2f0a-4c3b-9a53-0d8f6c1b7e11',
    ),
    userId: field(z.string().nullable(), 'The user of the account', 'user-42'),
    provider: field(
      z.string().nullable(),
      'The provider of the account',
      ...(providerId.meta()?.examples ?? []),
    ),
  })
  .meta({ description: 'Whom it concerns, and what belongs to the type' });

/** One notification. */
export const Notification = z
  .object({
    id: field(
      z.uuid(),
      'The same on every way and at every repetition: the header webhook-id',
      '5e8a3b0c-7f0d-4b89-8d7b-1c9d6a0f2e44',
    ),
    type: notificationType,
    timestamp: field(instant, 'When it was written', '2026-12-01T09:00:00.000Z'),
    sequence: field(
      z.int().nullable(),
      'The number of the notification within its account. Null where it concerns no account',
      17,
    ),
    data,
  })
  .meta({ id: 'Notification', description: 'What this service tells the host' });

/**
 * The types of a comma-separated list.
 * @throws IntegrationError `invalid_request` naming a type that does not exist
 */
export function typesOf(list: string): readonly NotificationType[] {
  return list.split(',').map((part) => {
    const name = part.trim();
    const type = NOTIFICATION_TYPES.find((one) => one === name);
    if (type !== undefined) return type;
    throw new IntegrationError('invalid_request', {
      detail:
        `types contains ${JSON.stringify(name.slice(0, 64))}, which is no type. ` +
        `The types are ${NOTIFICATION_TYPES.join(', ')}.`,
    });
  });
}
