// The settings of what is kept about the past.

import { integer } from './kinds.js';
import type { SettingTable } from './setting.js';

/** How long records are kept. */
export const RECORD_SETTINGS = {
  auditRetentionDays: {
    variable: 'AUDIT_RETENTION_DAYS',
    ...integer(1, 36_500),
    fallback: '400',
    meaning: 'Days that entries of the audit trail are kept.',
  },
} as const satisfies SettingTable;
