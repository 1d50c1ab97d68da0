// The settings of what the host's own backend may do beyond the routes of users.

import { flag } from './kinds.js';
import type { SettingTable } from './setting.js';

/** What service callers may have. */
export const BACKEND_SETTINGS = {
  accessTokenLease: {
    variable: 'ACCESS_TOKEN_LEASE',
    ...flag,
    fallback: 'false',
    meaning:
      'Whether service callers may have a live access token of an account, to call its provider ' +
      'themselves. Otherwise that route is a 404.',
  },
  providerProxy: {
    variable: 'PROVIDER_PROXY',
    ...flag,
    fallback: 'false',
    meaning:
      'Whether service callers may pass requests through to the calendar API of an account. ' +
      'Otherwise that route is a 404.',
  },
} as const satisfies SettingTable;
