// The migrations that every start runs. Written by `npm run migration:new` from the files of
// migrations/.

import { FirstTables1763800000000 } from './migrations/1763800000000-first-tables.js';
import { PushChannels1763900000000 } from './migrations/1763900000000-push-channels.js';
import { EventChanges1764000000000 } from './migrations/1764000000000-event-changes.js';
import { HonestSync1764100000000 } from './migrations/1764100000000-honest-sync.js';
import { PartlyRead1764200000000 } from './migrations/1764200000000-partly-read.js';
import { AccountSyncs1764300000000 } from './migrations/1764300000000-account-syncs.js';
import { WindowMadeOn1764400000000 } from './migrations/1764400000000-window-made-on.js';
import { ClientOfGrant1764500000000 } from './migrations/1764500000000-client-of-grant.js';
import { GoneCalendars1764600000000 } from './migrations/1764600000000-gone-calendars.js';
import { Notifications1764700000000 } from './migrations/1764700000000-notifications.js';
import { AuditTrail1764900000000 } from './migrations/1764900000000-audit-trail.js';
import { Webhooks1764910000000 } from './migrations/1764910000000-webhooks.js';
import { IndexesForGrowth1764950000000 } from './migrations/1764950000000-indexes-for-growth.js';
import { RetireChannels1764960000000 } from './migrations/1764960000000-retire-channels.js';
import { ConnectLinks1765000000000 } from './migrations/1765000000000-connect-links.js';
import { TimedNotifications1765010000000 } from './migrations/1765010000000-timed-notifications.js';
import { AccountAccess1765020000000 } from './migrations/1765020000000-account-access.js';
import { AdminConsent1765050000000 } from './migrations/1765050000000-admin-consent.js';
import { EraseAuditPaths1765060000000 } from './migrations/1765060000000-erase-audit-paths.js';
import { CalendarsListed1765070000000 } from './migrations/1765070000000-calendars-listed.js';

/** In the order in which they run. */
export const MIGRATIONS = [
  FirstTables1763800000000,
  PushChannels1763900000000,
  EventChanges1764000000000,
  HonestSync1764100000000,
  PartlyRead1764200000000,
  AccountSyncs1764300000000,
  WindowMadeOn1764400000000,
  ClientOfGrant1764500000000,
  GoneCalendars1764600000000,
  Notifications1764700000000,
  AuditTrail1764900000000,
  Webhooks1764910000000,
  IndexesForGrowth1764950000000,
  RetireChannels1764960000000,
  ConnectLinks1765000000000,
  TimedNotifications1765010000000,
  AccountAccess1765020000000,
  AdminConsent1765050000000,
  EraseAuditPaths1765060000000,
  CalendarsListed1765070000000,
];
