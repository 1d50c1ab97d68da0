// The schemas of events, as clients see them. docs/model.md says where each field comes from.

import { z } from 'zod';
import type { ShownEvent } from '../calendars/event-row.js';
import { EVENT_FIELDS } from '../event-model.js';
import { field } from '../field.js';
import { accountId, calendarId, instant } from './schemas.js';

const eventId = field(z.uuid(), 'The id of the event', 'c4d1a6f0-55c2-4a55-8a0e-3f1f0f6f2b77');

/** An event of a calendar; each occurrence of a series is one. */
export const Event = z
  .object({
    id: eventId,
    accountId,
    calendarId,
    ...EVENT_FIELDS,
  } satisfies Record<keyof ShownEvent, z.ZodType>)
  .meta({ id: 'Event', description: 'An event. Each occurrence of a series is one' });

/** An event that was deleted, to a reader who follows changes. */
export const Deletion = z
  .object({
    id: eventId,
    calendarId,
    providerEventId: EVENT_FIELDS.providerEventId,
    deletedAt: field(instant, 'When it was found deleted', '2026-12-01T09:00:00.000Z'),
  })
  .meta({ id: 'Deletion', description: 'An event that was deleted' });
