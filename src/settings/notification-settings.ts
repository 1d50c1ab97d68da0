// The settings of notifications and webhooks.

import { flag, integer } from './kinds.js';
import type { SettingTable } from './setting.js';

/** Notifications and webhooks for the host. */
export const NOTIFICATION_SETTINGS = {
  webhookPrivateAddresses: {
    variable: 'WEBHOOK_PRIVATE_ADDRESSES',
    ...flag,
    meaning:
      'Whether webhooks may go to private and loopback addresses, and to http. Unset: in local ' +
      'mode only.',
  },
  notificationRetentionDays: {
    variable: 'NOTIFICATION_RETENTION_DAYS',
    ...integer(1, 3_650),
    fallback: '30',
    meaning: 'Days that notifications and their deliveries are kept.',
  },
} as const satisfies SettingTable;
