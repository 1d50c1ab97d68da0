// The schemas of accounts and calendars, as clients see them.

import { z } from 'zod';
import { field } from '../field.js';
import {
  ACCESS_ROLES,
  ACCESS_TIERS,
  ACCOUNT_STATUSES,
  PUSH_STATES,
  STATUS_REASONS,
} from '../vocabulary.js';
import { accountId, calendarId, failure, instant, providerId, Sync, syncState } from './schemas.js';

/** Whether the provider notifies this service of changes. */
export const Push = z
  .object({
    state: field(z.enum(PUSH_STATES), 'Whether the provider sends notices of changes', 'active'),
    expiresAt: field(
      instant.nullable(),
      'When the first of its channels ends, if it is not renewed',
      '2026-12-07T09:00:00.000Z',
    ),
  })
  .meta({ description: 'Whether the provider notifies this service of changes' });

/** The status of an account. */
export const accountStatus = field(
  z.enum(ACCOUNT_STATUSES),
  '`reauthorization_required`: the user has to reconnect it',
  'connected',
);

/** A connected account, with its sync and its push. */
export const Account = z
  .object({
    id: accountId,
    userId: field(z.string(), 'The user who connected it', 'user-42'),
    provider: providerId,
    email: field(z.string().nullable(), 'Its address at the provider', 'ana@example.com'),
    displayName: field(z.string().nullable(), 'The name at the provider', 'Ana Marín'),
    scopes: field(z.array(z.string()), 'What the user has allowed', [
      'openid',
      'https://www.googleapis.com/auth/calendar',
    ]),
    access: field(
      z.enum(ACCESS_TIERS),
      'Whether events can be written too. Reconnect with `access=write` to raise it',
      'write',
    ),
    status: accountStatus,
    statusReason: field(
      z.enum(STATUS_REASONS).nullable(),
      'Why it has to be reconnected. Null while it is connected',
      'expired',
    ),
    connectedAt: field(instant, 'When it was connected first', '2026-11-25T08:00:00.000Z'),
    updatedAt: field(instant, 'When its data last changed', '2026-12-01T09:00:00.000Z'),
    lastSyncedAt: field(
      instant.nullable(),
      'When a sync last succeeded',
      '2026-12-01T09:00:07.000Z',
    ),
    nextSyncAt: field(instant.nullable(), 'When the next sync is due', '2026-12-01T09:12:00.000Z'),
    sync: Sync,
    push: Push,
  })
  .meta({ id: 'Account', description: 'A connected account' });

const CalendarSync = z
  .object({
    state: syncState,
    error: failure,
    lastAttemptAt: field(
      instant.nullable(),
      'When it was last read, or tried',
      '2026-12-01T09:00:05.000Z',
    ),
    nextAttemptAt: field(
      instant.nullable(),
      'Each failure doubles the wait, up to six hours',
      '2026-12-01T09:12:00.000Z',
    ),
    skipped: field(z.int(), 'Its events that could not be read, since the last full sync', 0),
  })
  .meta({ description: 'How the sync of this calendar is going' });

/** A calendar of an account. */
export const Calendar = z
  .object({
    id: calendarId,
    accountId,
    providerCalendarId: field(z.string(), 'Its id at the provider', 'ana@example.com'),
    name: field(z.string(), 'Its name', 'Work'),
    description: field(z.string().nullable(), 'Its description', 'Meetings of the team'),
    timeZone: field(z.string().nullable(), 'Its IANA zone', 'Europe/Berlin'),
    color: field(z.string().nullable(), 'Its color, as #rrggbb', '#0f5f58'),
    primary: field(z.boolean(), 'Whether it is the main calendar of the account', true),
    accessRole: field(z.enum(ACCESS_ROLES), 'What the account may do with it', 'owner'),
    selected: field(z.boolean(), 'Whether it is synced', true),
    lastSyncedAt: field(
      instant.nullable(),
      'When it was last read with success',
      '2026-12-01T09:00:05.000Z',
    ),
    sync: CalendarSync,
  })
  .meta({ id: 'Calendar', description: 'A calendar of a connected account' });
